# SPDX-License-Identifier: Apache-2.0
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steward.estate.agents.gateway.http import MAX_BODY_BYTES, MAX_HEADERS, BadRequest, read_head


def head(*lines: bytes) -> bytes:
    return b"\r\n".join(lines)


def test_a_plain_request_is_read() -> None:
    found = read_head(head(b"POST /v1/samples HTTP/1.1", b"Host: x", b"Content-Length: 12", b"X-Steward-Agent:  17\t"))
    assert (found.method, found.path, found.length, found.keep_alive) == ("POST", "/v1/samples", 12, True)
    assert found.headers["x-steward-agent"] == "17"


def test_a_get_needs_no_length_and_may_close() -> None:
    found = read_head(head(b"GET /healthz HTTP/1.1", b"host: x", b"Connection: Close"))
    assert (found.length, found.keep_alive) == (0, False)


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (head(b"GET / HTTP/1.0", b"Host: x"), 505),
        (head(b"PUT / HTTP/1.1", b"Host: x"), 405),
        (head(b"GET  / HTTP/1.1", b"Host: x"), 400),
        (head(b"GET http://x/ HTTP/1.1", b"Host: x"), 405),
        (head(b"\x00GET / HTTP/1.1", b"Host: x"), 400),
        (head(b"GET / HTTP/1.1"), 400),
        (head(b"POST / HTTP/1.1", b"Host: x"), 411),
        (head(b"POST / HTTP/1.1", b"Host: x", b"Transfer-Encoding: chunked"), 411),
        (head(b"POST / HTTP/1.1", b"Host: x", b"Content-Length: 3", b"Transfer-Encoding: chunked"), 411),
        (head(b"POST / HTTP/1.1", b"Host: x", b"Content-Length: 3", b"Content-Length: 3"), 400),
        (head(b"POST / HTTP/1.1", b"Host: x", b"Content-Length: 3, 3"), 400),
        (head(b"POST / HTTP/1.1", b"Host: x", b"Content-Length: +3"), 400),
        (head(b"POST / HTTP/1.1", b"Host: x", b"Content-Length: 0x3"), 400),
        (head(b"POST / HTTP/1.1", b"Host: x", b"Content-Length: 03"), 400),
        (head(b"POST / HTTP/1.1", b"Host: x", b"Content-Length: -1"), 400),
        (head(b"POST / HTTP/1.1", b"Host: x", b"Content-Length: %d" % (MAX_BODY_BYTES + 1)), 413),
        (head(b"POST / HTTP/1.1", b"Host: x", b"Content-Length: 3", b"Expect: 100-continue"), 417),
        (head(b"GET / HTTP/1.1", b"Host: x", b" folded: y"), 400),
        (head(b"GET / HTTP/1.1", b"Host: x", b"name : y"), 400),
        (head(b"GET / HTTP/1.1", b"Host: x", b"no colon"), 400),
        (head(b"GET / HTTP/1.1", b"Host: x", b"X: a\nY: b"), 400),
        (head(b"GET / HTTP/1.1", b"Host: x", b"X: a\x00"), 400),
        (head(b"GET / HTTP/1.1", b"Host: x", b"X: \xff"), 400),
        (head(b"GET / HTTP/1.1", b"Host: x", *[b"X%d: y" % each for each in range(MAX_HEADERS)]), 431),
        (b"", 400),
    ],
)
def test_what_could_be_read_in_two_ways_is_refused(raw: bytes, status: int) -> None:
    with pytest.raises(BadRequest) as refused:
        read_head(raw)
    assert refused.value.status == status


@given(st.binary(max_size=300))
def test_no_bytes_make_it_fall(raw: bytes) -> None:
    with suppress(BadRequest):
        read_head(raw)
