# SPDX-License-Identifier: Apache-2.0
"""What the store turns away, and that it goes on afterwards."""

import base64
import http.client
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import cramjam
import pytest

from tests.fixtures.store import PASSWORD, Store, running_store, until

BODY = 1 << 20
AUTHORIZATION = "Basic " + base64.b64encode(f"steward:{PASSWORD}".encode()).decode()
SLOW = "select count() from numbers(100000000000) where number % 7 = 3"


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A store with little room."""
    limits = {
        "head": 64 << 10,
        "body": BODY,
        "connections": 6,
        "queries": 1,
        "waiting": 1,
        "patience": 0.5,
        "sessions": 2,
        "idle": 1.0,
    }
    with running_store(tmp_path_factory.mktemp("small"), **limits) as store:
        yield store


def ask(
    store: Store, body: bytes = b"", *, headers: dict[str, str] | None = None, **fields: str
) -> tuple[int, str, str]:
    """Status, ClickHouse's code and the text of one answer."""
    connection = http.client.HTTPConnection("127.0.0.1", store.port, timeout=20)
    try:
        connection.request("POST", "/?" + urlencode(fields), body, {"Authorization": AUTHORIZATION, **(headers or {})})
        answer = connection.getresponse()
        return answer.status, answer.headers.get("X-ClickHouse-Exception-Code", ""), answer.read().decode()
    finally:
        connection.close()


def answered(store: Store) -> bool:
    """Whether it had room for one more connection."""
    try:
        return ask(store, b"select 1")[0] == 200
    except OSError:
        return False


def still_answers(store: Store) -> bool:
    return ask(store, b"select 1") == (200, "", "1\n")


def test_a_body_is_refused_by_its_announced_length(small: Store) -> None:
    assert ask(small, b"x" * (BODY + 1))[:2] == (413, "307")
    assert still_answers(small)


def test_a_body_without_a_length_is_refused_when_it_grows_too_long(small: Store) -> None:
    with socket.create_connection(("127.0.0.1", small.port), timeout=20) as peer:
        peer.sendall(
            f"POST / HTTP/1.1\r\nHost: x\r\nAuthorization: {AUTHORIZATION}\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
        )
        piece = b"%x\r\n%b\r\n" % (65536, b"x" * 65536)
        for _ in range(BODY // 65536 + 1):
            peer.sendall(piece)
        assert b" 413 " in peer.recv(4096).split(b"\r\n")[0]
    assert still_answers(small)


@pytest.mark.parametrize("codec", ["zstd", "lz4", "gzip", "br", "deflate"])
def test_a_bomb_is_refused_however_it_is_packed(small: Store, codec: str) -> None:
    packer = {
        "zstd": cramjam.zstd,
        "lz4": cramjam.lz4,
        "gzip": cramjam.gzip,
        "br": cramjam.brotli,
        "deflate": cramjam.zlib,
    }[codec]
    bomb = bytes(packer.compress(bytes(50 * BODY)))
    assert len(bomb) < BODY
    assert ask(small, bomb, headers={"Content-Encoding": codec})[:2] == (413, "307")
    fits = bytes(packer.compress(b"select 1"))
    assert ask(small, fits, headers={"Content-Encoding": codec}) == (200, "", "1\n")


def test_a_damaged_or_unknown_packing_is_named(small: Store) -> None:
    assert ask(small, b"not zstd at all", headers={"Content-Encoding": "zstd"})[:2] == (500, "271")
    status, code, text = ask(small, b"x", headers={"Content-Encoding": "rot13"})
    assert (status, code) == (400, "36")
    assert "rot13" in text


def test_a_head_is_bounded(small: Store) -> None:
    assert ask(small, b"select 1", headers={"X-Long": "x" * (70 << 10)})[:2] == (413, "307")
    with socket.create_connection(("127.0.0.1", small.port), timeout=20) as peer:
        peer.sendall(b"GET /?" + b"a" * (200 << 10))
        assert b" 413 " in peer.recv(4096).split(b"\r\n")[0]
    assert still_answers(small)


def test_what_is_not_http_is_refused(small: Store) -> None:
    for nonsense in (
        b"\x16\x03\x01\x02 not http\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: banana\r\n\r\n",
    ):
        with socket.create_connection(("127.0.0.1", small.port), timeout=20) as peer:
            peer.sendall(nonsense)
            assert b" 400 " in peer.recv(4096).split(b"\r\n")[0]
    assert still_answers(small)


def test_a_stranger_is_turned_away_before_the_body(small: Store) -> None:
    with socket.create_connection(("127.0.0.1", small.port), timeout=20) as peer:
        peer.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n")
        answer = peer.recv(4096)
    assert b" 403 " in answer.split(b"\r\n")[0]
    assert b"X-ClickHouse-Exception-Code: 516" in answer


def test_requests_sent_in_one_breath_are_answered_in_order(small: Store) -> None:
    one = "POST /?query=select+{} HTTP/1.1\r\nHost: x\r\nAuthorization: {}\r\nContent-Length: 0\r\n\r\n"
    with socket.create_connection(("127.0.0.1", small.port), timeout=20) as peer:
        peer.sendall("".join(one.format(number, AUTHORIZATION) for number in (11, 22, 33)).encode())
        seen = b""
        while seen.count(b"0\r\n\r\n") < 3:
            more = peer.recv(65536)
            assert more, seen
            seen += more
    assert seen.index(b"11\n") < seen.index(b"22\n") < seen.index(b"33\n")


@pytest.mark.parametrize("name", ["max_threads=1,readonly", "a'b", "x y", "1st", "a" * 200])
def test_a_settings_name_is_not_a_way_in(small: Store, name: str) -> None:
    assert ask(small, b"select 1", **{name: "1"})[1] == "115"


@pytest.mark.parametrize("value", ["1', readonly='0", "\\", "'", "1; drop table x"])
def test_a_settings_value_is_not_a_way_in_either(small: Store, value: str) -> None:
    status, code, _ = ask(small, b"select getSetting('log_comment')", max_threads=value)
    assert (status != 200, code != "") == (True, True)
    assert still_answers(small)


def test_the_scopes_setting_is_not_the_clients_to_set(small: Store) -> None:
    assert ask(small, b"select getSetting('log_comment')", log_comment="clients=1;")[2] == "all;\n"
    assert ask(small, b"select getSetting('log_comment')", query_id="a;b")[1] == "36"


def test_a_second_query_waits_its_turn_and_a_third_is_told_to_come_back(small: Store) -> None:
    answers: list[tuple[int, str, str]] = []
    holder = threading.Thread(
        target=lambda: answers.append(ask(small, SLOW.encode(), query_id="holder", max_execution_time="30"))
    )
    holder.start()
    until(lambda: ask(small, b"select 1")[1] == "202", 10, "the one turn to be taken")
    assert ask(small, b"KILL QUERY WHERE query_id = 'holder' SYNC")[0] == 200
    holder.join(timeout=20)
    assert answers[0][1] == "394"
    assert still_answers(small)


def test_connections_are_counted(small: Store) -> None:
    until(lambda: still_answers(small), 5, "room")
    held = [socket.create_connection(("127.0.0.1", small.port), timeout=20) for _ in range(6)]
    try:
        with socket.create_connection(("127.0.0.1", small.port), timeout=20) as one_too_many:
            assert b" 503 " in one_too_many.recv(4096).split(b"\r\n")[0]
    finally:
        for each in held:
            each.close()
    until(lambda: answered(small), 5, "the others to be forgotten")


def test_a_connection_at_rest_makes_room_for_a_new_one(tmp_path: Path) -> None:
    with running_store(tmp_path, connections=3, idle=60.0) as store:
        held = [socket.create_connection(("127.0.0.1", store.port), timeout=20) for _ in range(3)]
        try:
            until(lambda: answered(store), 10, "room")
            assert held[0].recv(1) == b""
        finally:
            for each in held:
                each.close()


def test_a_connection_that_asks_for_nothing_is_closed(small: Store) -> None:
    with socket.create_connection(("127.0.0.1", small.port), timeout=20) as idle:
        assert idle.recv(1) == b""


def test_sessions_are_counted(small: Store) -> None:
    for name in ("one", "two"):
        assert ask(small, b"select 1", session_id=name, session_timeout="2")[0] == 200
    assert ask(small, b"select 1", session_id="three")[1] == "202"
    until(
        lambda: ask(small, b"select 1", session_id="three", session_timeout="1")[0] == 200,
        20,
        "an old session to be forgotten",
    )


def test_a_multipart_body_without_a_boundary_is_refused(small: Store) -> None:
    assert ask(small, b"x", headers={"Content-Type": "multipart/form-data"})[1] == "36"


def test_text_that_is_no_text_is_refused(small: Store) -> None:
    assert ask(small, b"select '\xff\xfe'")[0] >= 400
    assert still_answers(small)


def test_the_configuration_and_the_data_are_the_owners_alone(small: Store) -> None:
    assert (small.folder / "store.xml").stat().st_mode & 0o077 == 0
    assert Path(small.path).stat().st_mode & 0o077 == 0
    assert PASSWORD not in (small.folder / "store.xml").read_text()
