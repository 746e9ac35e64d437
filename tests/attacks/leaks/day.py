# SPDX-License-Identifier: Apache-2.0
"""A day at a house in which every secret is used, and misused: `secrets` are those to be found nowhere, `seen` everything that
was answered on the way but for the one answer that is there to show a secret."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from secrets import token_hex

import httpx

from tests.attacks.leaks.known import (
    ANSWER,
    API_TOKEN,
    CHANNEL,
    CODES,
    ENROLMENT,
    HOOK_KEY,
    HOOK_URL,
    LINK,
    PROVIDER,
    SESSION,
    TOTP,
)
from tests.attacks.leaks.liars import Liars
from tests.attacks.leaks.searching import Canary
from tests.attacks.leaks.visitor import Visitor, code_of
from tests.fixtures.house import House
from tests.waiting import eventually

ANSWERED = re.compile(r"https?://\S+/oncall/answer/([\w-]{40,})/?")
LINKED = re.compile(r"https?://\S+/password/reset/key/\S+")
HREF = re.compile(r'(?:href|hx-get|data-src)="(/[^"#]*)"')
NOT_VISITED = re.compile(r"^/(?:static|accounts/logout|accounts/2fa|i18n|set-language)")
MOST_PAGES = 80


def canary(what: str) -> str:
    """A secret that no form and no encoding can take for another; the odd letters show what escaping does to it."""
    return f"Kanarya {what} {token_hex(8)}/+&ş"


@dataclass
class Day:
    """What was planted and what was answered."""

    house: House
    liars: Liars
    secrets: dict[str, set[str]] = field(default_factory=dict)
    seen: list[tuple[str, str]] = field(default_factory=list)
    last_link: str = ""

    def plant(self, name: str, *values: str) -> str:
        """Remember secrets under a name; the first of them."""
        self.secrets.setdefault(name, set()).update(values)
        return values[0]

    def keep(self, where: str, answer: httpx.Response) -> httpx.Response:
        """Have an answer searched, its headers too, except those that hand a cookie over."""
        headers = "\n".join(f"{name}: {value}" for name, value in answer.headers.items() if name != "set-cookie")
        self.seen.append((f"{where} ({answer.status_code})", f"{headers}\n{answer.text}"))
        return answer

    def canaries(self) -> list[Canary]:
        """Everything that was planted."""
        return [
            Canary(name, value.encode(), short=name == CODES)
            for name, values in self.secrets.items()
            for value in sorted(values)
        ]

    @property
    def base(self) -> str:
        return f"http://localhost:{self.house.settings.port}"


def sign_in(day: Day) -> Visitor:
    """The owner: a wrong password, the one-time password, one's own, a second factor with its recovery codes."""
    owner = Visitor(day.base)
    email, given = (day.house.settings.data_dir / "first-password").read_text().split()
    day.plant("first password", given)
    wrong = day.plant("wrong password", canary("wrong"))
    own = day.plant("own password", canary("own"))
    day.keep("wrong password", owner.send("/accounts/login/", {"login": email, "password": wrong}))
    day.keep("password as address", owner.send("/accounts/login/", {"login": email, "password": wrong + "x"}))
    day.keep("sign-in", owner.send("/accounts/login/", {"login": email, "password": given}))
    change = {"oldpassword": given, "password1": own, "password2": own}
    day.keep("change", owner.send("/accounts/password/change/", change | {"password2": wrong}))
    assert owner.send("/accounts/password/change/", change).is_redirect
    page = owner.get("/accounts/2fa/totp/activate/")
    found = re.search(r'id="totp-key" value="([A-Z2-7]{32})"', page.text)
    assert found
    day.plant(TOTP, found[1])
    # Shows the key again, as it must; so it is not among what is searched.
    assert owner.send("/accounts/2fa/totp/activate/", {"code": "000000"}, page=page).status_code == 200
    page = owner.get("/accounts/2fa/totp/activate/")
    found = re.search(r'id="totp-key" value="([A-Z2-7]{32})"', page.text)
    assert found
    day.plant(TOTP, found[1])
    assert owner.send("/accounts/2fa/totp/activate/", {"code": code_of(found[1])}, page=page).is_redirect
    codes = re.findall(r"<li>(\d{8})</li>", owner.follow("/accounts/2fa/recovery-codes/").text)
    assert len(codes) == 10
    day.plant(CODES, *codes)
    return owner


def tokens(day: Day, owner: Visitor) -> str:
    """A personal token; an enrolment token by page, and one by the API, with an answer that is kept for a repeat."""
    page = owner.send(
        "/account/tokens/new/",
        {"name": "Script", "expires": _in_a_month(), "permissions": [
            "clients.view", "clients.create", "oncall.manage", "oncall.page", "agents.enrol", "assets.view", "audit.view",
        ]},
    )  # fmt: skip
    token = re.search(r"stw_[\w-]{40,}", page.text)
    assert token, page.text
    day.plant(API_TOKEN, token[0])
    made = owner.send("/agents/tokens/new/", {"name": "Gebze", "hours": "24", "max_uses": "3"})
    assert made.is_redirect, made.text
    shown = re.search(r"sten_[\w-]{40,}", owner.get(made.headers["Location"]).text)
    assert shown
    day.plant(ENROLMENT, shown[0])
    day.keep("token's page, again", owner.get(made.headers["Location"]))
    body = {
        "client": "home",
        "name": "By API",
        "expires_at": f"{_in_a_month()}T00:00:00Z",
        "max_uses": 1,
        "pre_approved": False,
    }
    for _ in range(2):
        answer = api(day, "POST", "/api/v1/enrolment-tokens", token[0], json=body, **{"Idempotency-Key": "once-only"})
        assert answer.status_code == 201, answer.text
        day.plant(ENROLMENT, answer.json()["token"])
    return token[0]


def channel(day: Day, owner: Visitor) -> None:
    """A channel, first refused and then taken, whose service repeats its address; a test message to it and to a person."""
    user, password, path = (f"kanarya{what}{token_hex(6)}" for what in ("user", "password", "path"))
    day.plant(CHANNEL, password, path)
    url = f"json://{user}:{password}@127.0.0.1:{day.liars.hook_port}/{path}/"
    new = "/notifications/channels/new/"
    values: dict[str, object] = {"name": "", "url": url, "client": "", "fallback": "on"}
    assert day.keep("channel without a name", owner.send(new, values)).status_code == 422
    assert (
        day.keep("no such service", owner.send(new, values | {"name": "Chat", "url": f"nope://{url}"})).status_code
        == 422
    )
    made = day.keep("channel", owner.send(new, values | {"name": "Chat"}))
    assert made.is_redirect, made.text
    place = made.headers["Location"]
    own_channel(day, owner, f"json://{user}:{password}@127.0.0.1:{day.liars.hook_port}/own/{path}/")
    page = owner.get(place)
    day.keep("channel, changed", owner.send(place, {"name": "", "url": url, "enabled": "on"}))
    day.keep("channel, tested", owner.send(f"{place}verb-test/", {}, page=page))
    day.keep("mail, tested", owner.send("/notifications/verb-test-mail/", {}, page=page))
    eventually(lambda: any(path in each for each in day.liars.hooked), seconds=40, what="the channel is told")


def own_channel(day: Day, owner: Visitor, url: str) -> None:
    """The owner's own way to be told: set, then chosen for everything."""
    for ways in (["mail"], ["mail", "channel"]):
        page = owner.get("/account/messages/")
        wishes: dict[str, object] = dict.fromkeys(re.findall(r'name="(ways-[^"]+)"', page.text), ways)
        answer = day.keep("own channel", owner.send("/account/messages/", wishes | {"channel": url}, page=page))
        assert answer.is_redirect, answer.text


def webhook(day: Day, owner: Visitor) -> None:
    """A web hook, first refused and then added, whose other side repeats its address; its key, changed; a test message."""
    path = f"kanaryahookpath{token_hex(6)}"
    day.plant(HOOK_URL, path)
    url = f"http://127.0.0.1:{day.liars.hook_port}/{path}/in?key={path}"
    new = "/webhooks/new/"
    values: dict[str, object] = {"name": "", "url": url, "client": "", "events": ["clients.client_created"]}
    assert day.keep("web hook without a name", owner.send(new, values)).status_code == 422
    at = ""
    for first in (True, False):
        answer = owner.send(new, values | {"name": "Flow"}) if first else owner.send(f"{at}key/", {})
        found = re.search(r"whsec_[A-Za-z0-9+/]{43}=", answer.text)
        assert found is not None, answer.text
        day.plant(HOOK_KEY, found[0])
        at = re.findall(r'href="(/webhooks/[0-9a-f-]{36}/)"', answer.text)[0]
    page = day.keep("web hook", owner.get(at))
    day.keep("web hook, changed", owner.send(f"{at}change/", {"name": "", "url": url, "events": []}))
    day.keep("web hook, tested", owner.send(f"{at}verb-test/", {}, page=page))
    eventually(lambda: any(path in each for each in day.liars.hooked), seconds=40, what="the web hook is told")


def provider(day: Day, owner: Visitor) -> None:
    """A sign-in provider, first refused and then added, that is told its secret and repeats it; an answer that leads nowhere."""
    secret = day.plant(PROVIDER, f"kanaryaprovider{token_hex(12)}")
    issuer = f"http://127.0.0.1:{day.liars.hook_port}/idp"
    new = "/people/sign-in/new/"
    values: dict[str, object] = {"name": "Lies", "issuer": issuer, "client_id": "steward", "client_secret": secret}
    assert day.keep("no such provider", owner.send(new, values | {"issuer": f"{issuer}/x"})).status_code == 422
    made = day.keep("provider", owner.send(new, values))
    assert made.is_redirect, made.text
    place = made.headers["Location"]
    day.keep("provider, changed", owner.send(place, {"name": "", "client_id": "steward", "client_secret": secret}))
    stranger = Visitor(day.base)
    door = stranger.get("/accounts/login/")
    begin = re.findall(r'action="(/accounts/oidc/[0-9a-f-]{36}/begin/)"', door.text)[0]
    away = day.keep("on the way to a provider", stranger.send(begin, {}, page=door))
    state = re.findall(r"[?&;]state=([\w-]+)", away.text)[0]
    back = begin.replace("begin", "callback")
    answer = day.keep("back from a provider", stranger.get(f"{back}?code=x&state={state}"))
    assert answer.status_code == 403, answer.text
    assert any("/idp/token_endpoint" in each for each in day.liars.hooked)


def links(day: Day, owner: Visitor) -> Visitor:
    """Links to choose a password: one used, one cut off by a missing proof of origin, one opened and left lying."""
    invited = "tess@msp.example"
    values: dict[str, object] = {"email": invited, "name": "Tess", "client": "", "roles": ["technician_l2"],
                                 "all_clients": "on", "language": "en", "timezone": "UTC"}  # fmt: skip
    answer = day.keep("invitation", owner.send("/people/invite/", values))
    assert answer.is_redirect, answer.text
    first = _link_to(day, invited, 1)
    tess = Visitor(day.base)
    day.keep("link without proof", tess.send_bare(first, {"password1": canary("nobody")}))
    chosen = day.plant("password that was set by a link", canary("set"))
    form = tess.follow(first)
    day.keep("too short", tess.send(str(form.url.path), {"password1": "Kanarya1", "password2": "Kanarya1"}, page=form))
    assert tess.send(str(form.url.path), {"password1": chosen, "password2": chosen}, page=form).is_redirect
    day.keep("used link", tess.follow(first))
    stranger = Visitor(day.base)
    day.keep("reset asked for", stranger.send("/accounts/password/reset/", {"email": invited}))
    second = _link_to(day, invited, 2)
    form = stranger.follow(second)
    again = day.plant("password of a reset", canary("reset"))
    day.keep("not twice alike", stranger.send(str(form.url.path), {"password1": again, "password2": chosen}, page=form))
    return stranger


def errors(day: Day, token: str) -> None:
    """Requests that can't be taken, with secrets where no secret belongs."""
    wrong = day.plant("wrong token", f"stw_{token_hex(24)}")
    field_of = day.plant("field of a REST request", canary("field"))
    asked = day.plant("value in a query", f"kanarya{token_hex(10)}")
    send: Callable[..., httpx.Response] = lambda *words, **more: day.keep(" ".join(words[:2]), api(day, *words, **more))  # noqa: E731
    send("GET", "/api/v1/me", wrong)
    send("POST", "/api/v1/clients", token, json={"name": {"password": field_of}, "slug": [field_of], "notes": 7})
    send("POST", "/api/v1/clients", token, json={"name": "X", "slug": field_of, "unknown": field_of})
    send(
        "POST",
        "/api/v1/clients",
        token,
        content=f'{{"name": "{field_of}"'.encode(),
        **{"Content-Type": "application/json"},
    )
    send("PUT", "/api/v1/clients", token, json={"secret": field_of})
    send("GET", f"/api/v1/clients?token={asked}&password={asked}&otp={asked}", token)
    send("POST", "/api/v1/agent/enroll", "", json={"token": field_of})
    gateway = f"http://127.0.0.1:{day.house.settings.gateway_port}/metrics"
    day.keep("gateway's figures", httpx.get(gateway, headers={"Authorization": f"Bearer {wrong}"}))


def everything(day: Day, owner: Visitor, addresses: list[str], token: str) -> int:
    """Every page and list that the owner can reach, its exports, the API's lists and document. Returns how many."""
    waiting, done = list(dict.fromkeys(addresses)), set[str]()
    while waiting and len(done) < MOST_PAGES:
        path = waiting.pop(0)
        if path in done or NOT_VISITED.match(path):
            continue
        done.add(path)
        if path.startswith("/api/"):
            day.keep(path, api(day, "GET", path, token))
            continue
        answer = day.keep(path, owner.get(path))
        if answer.headers.get("Content-Type", "").startswith("text/html") and "?" not in path:
            waiting += [each.replace("&amp;", "&") for each in HREF.findall(answer.text)]
    return len(done)


def listen(day: Day, owner: Visitor) -> None:
    """The event stream of the owner's own pages, from its beginning."""
    found = re.search(r'"uid": ?"([0-9a-f-]{36})"', owner.get("/api/v1/clients/home").text)
    assert found
    topic = f"c.{found[1]}.assets.asset.*"
    cookie = "; ".join(f"{each.name}={each.value}" for each in owner.client.cookies.jar)
    address = f"http://localhost:{day.house.settings.live_port}/events?topics={topic}"
    with httpx.stream("GET", address, headers={"Cookie": cookie, "Origin": day.base}, timeout=10) as answer:
        assert answer.status_code == 200, answer.read()
        day.seen.append(("event stream", next(answer.iter_text())))
    wrong = f"http://localhost:{day.house.settings.live_port}/events?topics={topic}"
    day.keep("event stream, nobody", httpx.get(wrong, headers={"Cookie": "steward_session=nobody"}))


def without_the_ledger(day: Day, owner: Visitor, stranger: Visitor, token: str) -> None:
    """The same while PostgreSQL is away: answers, and tracebacks in the logs."""
    day.house.control.stop("ground:postgres")
    password = next(iter(day.secrets["own password"]))
    day.keep("page without a ledger", owner.get("/clients/"))
    day.keep("link without a ledger", stranger.get(day.last_link))
    login = {"login": "owner@localhost", "password": password}
    day.keep("sign-in without a ledger", Visitor(day.base).send_bare("/accounts/login/", login))
    day.keep("API without a ledger", api(day, "GET", "/api/v1/clients", token))
    day.keep("ready without a ledger", owner.get("/readyz"))
    day.house.control.start("ground:postgres")
    eventually(day.house.is_ready, seconds=60, what="ready again")


def api(day: Day, method: str, path: str, token: str, **more: object) -> httpx.Response:
    """A request with a token; keywords beside `json` and `content` are headers."""
    body = {name: more.pop(name) for name in ("json", "content") if name in more}
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return httpx.request(method, f"{day.base}{path}", headers=headers | more, timeout=30, **body)  # type: ignore[arg-type]  # as given


def call(day: Day, token: str) -> None:
    """Somebody is called, and answers by the link in the mail, with nobody's cookies; then once more, and with a wrong one."""
    steps = {"name": "Nights", "is_default": True, "steps": [{"role": "owner", "wait_seconds": 600}]}
    assert api(day, "POST", "/api/v1/escalations", token, json=steps).status_code == 201
    about = {"client": "home", "text": "Come and look", "key": "once"}
    day.keep("a call", api(day, "POST", "/api/v1/pages", token, json=about))
    key = eventually(
        lambda: [key for mail in day.liars.mail.mails for key in ANSWERED.findall(mail)],
        seconds=60,
        what="a link to answer",
    )[0]
    day.plant(ANSWER, key)
    address = f"{day.base}/oncall/answer/{key}/"
    for _ in range(2):
        assert httpx.get(address).status_code == 200
        httpx.post(address, data={"key": key}, headers={"Origin": day.base})
    httpx.get(f"{day.base}/oncall/answer/{key[::-1]}/")


def remember_cookies(day: Day, *visitors: Visitor) -> None:
    """Whatever was ever a cookie of theirs."""
    for each in visitors:
        day.plant(SESSION, *each.cookies["steward_session"])
        day.plant("CSRF cookie", *each.cookies["steward_csrf"])


def _link_to(day: Day, email: str, number: int) -> str:
    def found() -> list[str]:
        addressed = [mail for mail in day.liars.mail.mails if email in mail.partition("\n")[0]]
        return list(dict.fromkeys(link for mail in addressed for link in LINKED.findall(mail)))

    link = eventually(lambda: found()[number - 1 :], seconds=60, what=f"link {number} to {email}")[0]
    # Without the person's number before it, as it lies in a session.
    day.plant(LINK, link.rstrip("/").rpartition("/key/")[2].partition("-")[2])
    day.last_link = str(httpx.URL(link).path)
    return day.last_link


def _in_a_month() -> str:
    return f"{datetime.now(UTC) + timedelta(days=30):%Y-%m-%d}"
