# SPDX-License-Identifier: Apache-2.0
"""A whole house behind the shipped nginx configuration: one host name, one certificate, for people, their events and machines."""

import json
import re
import socket
import ssl
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.attacks.leaks import day as story
from tests.attacks.leaks.day import Day
from tests.attacks.leaks.liars import Liars, LyingMail
from tests.attacks.leaks.visitor import Visitor
from tests.fixtures.bucket import free_port
from tests.fixtures.house import House, house
from tests.fixtures.proxy import Proxy, proxy
from tests.waiting import eventually

pytestmark = pytest.mark.alone
ELSEWHERE = "203.0.113.9"
MEGABYTE = 1024 * 1024


class Behind(Day):
    """A day at a house that is reached through the proxy alone."""

    @property
    def base(self) -> str:
        return self.house.variables["STEWARD_URL"]


@dataclass
class Site:
    """The house, what stands before it, and its owner, signed in through it."""

    home: House
    front: Proxy
    base: str
    owner: Visitor


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    port, plain = free_port(), free_port()
    base = f"https://localhost:{port}"
    addresses = dict.fromkeys(("STEWARD_URL", "STEWARD_LIVE_URL", "STEWARD_GATEWAY_URL"), base)
    with (
        house(STEWARD_TRUSTED_PROXIES='["127.0.0.1"]', **addresses) as home,
        proxy(port=port, plain_port=plain, web=home.settings.port) as front,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setenv("SSL_CERT_FILE", str(front.authority))
        patch.delenv("SSL_CERT_DIR", raising=False)
        home.variables |= {"SSL_CERT_FILE": str(front.authority)}
        home.start()
        yield Site(home, front, base, story.sign_in(Behind(home, Liars(LyingMail(), 0, 0, []))))


def test_a_visitor_without_tls_is_sent_to_it(site: Site) -> None:
    answer = httpx.get(f"http://localhost:{site.front.plain_port}/clients/?q=1")
    assert answer.status_code == 301
    assert answer.headers["Location"] == "https://localhost/clients/?q=1"


def test_the_sign_in_page_comes_with_its_headers(site: Site) -> None:
    answer = httpx.get(f"{site.base}/accounts/login/")
    assert answer.status_code == 200
    assert "max-age" in answer.headers["Strict-Transport-Security"], "the pages know that this is TLS"
    assert f"connect-src 'self' {site.base}" in answer.headers["Content-Security-Policy"]
    assert all("Secure" in each for each in answer.headers.get_list("set-cookie"))
    assert answer.http_version == "HTTP/1.1"
    assert re.search(r"nginx/\d", answer.headers.get("server", "")) is None


def test_browsers_are_offered_http_2(site: Site) -> None:
    context = ssl.create_default_context(cafile=str(site.front.authority))
    context.set_alpn_protocols(["h2", "http/1.1"])
    with (
        socket.create_connection(("127.0.0.1", site.front.port), timeout=10) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as secure,
    ):
        assert secure.selected_alpn_protocol() == "h2"


def test_who_signed_in_through_it_works_there(site: Site) -> None:
    page = site.owner.get("/clients/")
    assert page.status_code == 200
    assert f"{site.base}/events" in page.text, "events come from the same host"
    refused = site.owner.send_bare("/accounts/logout/", {}, Origin="https://elsewhere.example")
    assert refused.status_code == 403


def test_events_arrive_as_they_happen(site: Site) -> None:
    found = re.search(r'"uid": ?"([0-9a-f-]{36})"', site.owner.get("/api/v1/clients/home").text)
    assert found
    address = f"{site.base}/events?topics=c.{found[1]}.assets.asset.*"
    cookie = "; ".join(f"{each.name}={each.value}" for each in site.owner.client.cookies.jar)
    began = time.monotonic()
    with httpx.stream("GET", address, headers={"Cookie": cookie, "Origin": site.base}, timeout=40) as answer:
        assert answer.status_code == 200, answer.read()
        assert answer.headers["Content-Type"] == "text/event-stream"
        words = answer.iter_text()
        assert "event: open" in next(words)
        opened = time.monotonic() - began
        # Nothing ends the stream in between: a proxy that gathered would have given both at once, or neither.
        following = next(words)
        later = time.monotonic() - began
    print(f"open after {opened:.2f} s, the next words after {later:.1f} s: {following.splitlines()[0]}")
    assert opened < 5
    assert later > opened
    stranger = httpx.get(address, headers={"Origin": site.base})
    assert stranger.status_code == 401


def test_a_machine_enrols_and_reports_through_it(site: Site) -> None:
    enrolment = json.loads((site.home.settings.data_dir / "agent" / "enrolment.json").read_text())
    assert site.base in json.dumps(enrolment), "it was told this address"
    enrolled = site.front.asked("POST /api/v1/agent/enroll")
    assert [line for line in enrolled if re.search(r'" 20[01] ', line)], enrolled
    eventually(
        lambda: [line for line in site.front.asked("POST /v1/samples") if '" 204 ' in line],
        seconds=90,
        what="samples of this host's own agent",
    )


def test_a_claim_to_come_from_elsewhere_is_not_believed(site: Site) -> None:
    claims = {"X-Forwarded-For": ELSEWHERE, "X-Real-IP": ELSEWHERE, "Forwarded": f"for={ELSEWHERE}"}
    assert httpx.get(f"{site.base}/accounts/login/?asked=claims", headers=claims).status_code == 200
    logged = Path(site.home.settings.logs_dir / "web.log")
    lines = eventually(
        lambda: [line for line in logged.read_text().splitlines() if '"asked": "claims"' in line],
        seconds=10,
        what="the request is logged",
    )
    assert ELSEWHERE not in lines[0]
    assert '"address": "127.0.0.1"' in lines[0]


@pytest.mark.parametrize(("path", "megabytes", "status"), [("/v1/samples", 6, 413), ("/accounts/login/", 65, 413)])
def test_what_is_too_large_is_refused_at_the_door(site: Site, path: str, megabytes: int, status: int) -> None:
    # The length alone decides: the body is never sent.
    request = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {megabytes * MEGABYTE}\r\n\r\n".encode()
    context = ssl.create_default_context(cafile=str(site.front.authority))
    with (
        socket.create_connection(("127.0.0.1", site.front.port), timeout=10) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as secure,
    ):
        secure.sendall(request)
        assert secure.recv(4096).startswith(f"HTTP/1.1 {status} ".encode())


def test_the_gateway_itself_answers_to_a_machine_that_is_unknown(site: Site) -> None:
    answer = httpx.post(f"{site.base}/v1/samples", content=b"x" * 1000)
    assert answer.status_code in (400, 401, 403)
    assert "<html" not in answer.text.lower()
