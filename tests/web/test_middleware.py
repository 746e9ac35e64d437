# SPDX-License-Identifier: Apache-2.0
"""What every request passes through."""

import json
import re
from collections.abc import Callable
from zoneinfo import ZoneInfo

import pytest
import structlog
from django.templatetags.static import static
from django.test import Client as Browser
from django.test import RequestFactory
from structlog.testing import capture_logs

from steward.core.identity.public import User
from steward.web.middleware.request_log import shown_path, shown_query

Browse = Callable[[User], Browser]
CSP = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "font-src": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
    "base-uri": "'none'",
    "object-src": "'none'",
    "img-src": "'self' data:",
}


@pytest.mark.parametrize("path", ["/", "/people/", "/nothing/here/", "/api/v1/me", "/accounts/login/", "/healthz"])
def test_every_answer_carries_the_headers(path: str, olga: User, browse: Browse) -> None:
    for browser in (browse(olga), Browser()):
        answer = browser.get(path)
        policy = dict(part.strip().split(" ", 1) for part in answer["Content-Security-Policy"].split(";"))
        assert CSP.items() <= policy.items()
        assert re.fullmatch(r"'self' http://localhost:\d+", policy["connect-src"])
        assert "unsafe" not in answer["Content-Security-Policy"]
        assert answer["X-Frame-Options"] == "DENY"
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Cross-Origin-Opener-Policy"] == "same-origin"
        assert answer["Referrer-Policy"] == "same-origin"
        assert "camera=()" in answer["Permissions-Policy"]
        assert re.fullmatch(r"[0-9a-f]{32}", answer["X-Request-ID"])


def test_no_page_holds_a_script_or_a_style_of_its_own(olga: User, browse: Browse) -> None:
    for path in ("/", "/people/", "/people/invite/", "/account/", "/audit/", "/jobs/", "/accounts/login/", "/nothing/"):
        page = browse(olga).get(path).content.decode()
        assert not re.findall(r"<script(?![^>]*\bsrc=)(?![^>]*application/json)[^>]*>", page), path
        assert not re.findall(r"<style|\sstyle=|\son[a-z]+=", page), path


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
@pytest.mark.parametrize("path", ["/people/invite/", "/accounts/login/", "/api/v1/me", "/nothing/", "/undo/"])
def test_a_write_from_another_site_is_refused_everywhere(method: str, path: str, olga: User, browse: Browse) -> None:
    browser = browse(olga)
    sites: list[dict[str, str]] = [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost:1"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ]
    for site in sites:
        answer = getattr(browser, method)(path, headers=site)
        assert answer.status_code == 403, (path, site)
        assert "another site" in answer.content.decode()


def test_a_write_from_ourselves_passes(olga: User, browse: Browse) -> None:
    answer = browse(olga).post(
        "/undo/", {"token": "x"}, headers={"Origin": "http://testserver", "Sec-Fetch-Site": "same-origin"}
    )
    assert answer.status_code == 302


def test_files_are_kept_for_ever_by_their_version(db: None) -> None:
    address = static("ui/css/tokens.css")
    assert re.fullmatch(r"/static/[0-9a-f]{16}/ui/css/tokens\.css", address)
    answer = Browser().get(address)
    assert answer.status_code == 200
    assert answer["Cache-Control"] == "max-age=315360000, public, immutable"
    assert "Access-Control-Allow-Origin" not in answer.headers
    old = Browser().get("/static/0123456789abcdef/ui/css/tokens.css")
    assert old.status_code == 200
    assert old["Cache-Control"] == "no-cache"


@pytest.mark.parametrize(
    "path",
    [
        "/static/../settings/django.py",
        "/static/%2e%2e/urls.py",
        "/static/0123456789abcdef/../../etc/passwd",
        "/static/",
    ],
)
def test_nothing_else_is_served_as_a_file(path: str, db: None) -> None:
    assert Browser().get(path).status_code == 404


def test_a_page_is_never_kept(olga: User, browse: Browse) -> None:
    assert "no-store" in browse(olga).get("/people/")["Cache-Control"]


def test_one_line_tells_of_a_request_and_no_secret(olga: User, browse: Browse) -> None:
    browser = browse(olga)
    with capture_logs(processors=[structlog.contextvars.merge_contextvars]) as lines:
        answer = browser.get(
            "/people/?q=canary-q&token=canary-t&api_key=canary-k", headers={"Authorization": "Bearer stw_canary"}
        )
        browser.post("/account/profile/", {"name": "canary-body", "password": "canary-p"})
    told = [line for line in lines if line["event"] == "request"]
    assert [(line["method"], line["path"]) for line in told] == [("GET", "/people/"), ("POST", "/account/profile/")]
    assert told[0]["request_id"] == answer["X-Request-ID"]
    assert told[0]["query"] == {"q": "canary-q", "token": "…", "api_key": "…"}
    assert told[0]["user_id"] == olga.pk
    text = json.dumps(lines, default=str)
    for secret in ("canary-t", "canary-k", "stw_canary", "canary-body", "canary-p"):
        assert secret not in text


def test_a_key_in_the_path_is_not_logged() -> None:
    assert shown_path("/accounts/password/reset/key/3-c9x-abcdef/") == "/accounts/password/reset/key/…"
    assert shown_path("/people/") == "/people/"
    many = RequestFactory().get("/", {f"name{n}": "x" * 500 for n in range(50)})
    shown = shown_query(many)
    assert len(shown) == 20
    assert all(len(value) <= 100 for value in shown.values())


def test_the_reader_has_their_language_and_zone(olga: User, browse: Browse) -> None:
    olga.language, olga.timezone = "en-xa", "Europe/Istanbul"
    olga.save()
    page = browse(olga).get(f"/people/{olga.uid}/").content.decode()
    assert 'lang="en-xa"' in page
    assert "[Ťódáý]" in page
    here = olga.created_at.astimezone(ZoneInfo("Europe/Istanbul"))
    assert f"{here:%H:%M:%S}" in page
