# SPDX-License-Identifier: Apache-2.0
"""A23 against the real processes: one day at a house (tests/attacks/leaks/day.py), and then all that it left behind."""

import base64
import json
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psutil
import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from steward.cli.supervision.programs import agent_environment
from steward.core.crypto.keyring import Keyring
from steward.core.recovery.process import backup_key, default_destination, open_repository
from steward.settings import ledger
from steward.settings.env import Settings
from tests.architecture.checks.findings import assert_none
from tests.attacks.leaks import day as story
from tests.attacks.leaks.day import Day, canary
from tests.attacks.leaks.known import (
    AGENT,
    ANCHOR,
    BUCKET,
    FILES,
    HEARTBEAT,
    KEYS,
    LEDGER_URL,
    PLANTED,
    SMTP,
    STORE_URL,
)
from tests.attacks.leaks.liars import liars
from tests.attacks.leaks.searching import Canary, Searcher
from tests.attacks.leaks.watching import Environment, Watch, environments
from tests.attacks.sweep.routes import routes
from tests.fixtures.house import house

pytestmark = pytest.mark.alone
# What the environment may hold: what the operator put there, for the processes that need it, of the same account.
IN_THE_ENVIRONMENT = {SMTP, ANCHOR, BUCKET, HEARTBEAT}
PROGRAMS_WITHOUT = ("steward_agent", "postgres")


@dataclass
class Aftermath:
    """A day that is over: its house still runs, its secrets are known, every program's words are kept."""

    day: Day
    lines: set[bytes]
    environments: list[Environment]
    printed: list[tuple[str, str]]
    dump: bytes

    @property
    def data_dir(self) -> Path:
        return self.day.house.settings.data_dir

    def meant_for_secrets(self) -> list[Path]:
        """Files and folders that are there to hold a secret."""
        names = ("secrets", "agent/key.pem", "first-password", "recovery-key", "run/host-token")
        return [self.data_dir / each for each in names]

    def searcher(self) -> Searcher:
        return Searcher([*self.day.canaries(), *kept_on_disk(self.data_dir)])


def kept_on_disk(data_dir: Path) -> list[Canary]:
    """The secrets that the installation made for itself, as they are written and as they are used."""
    found = []
    for path in sorted((data_dir / "secrets").iterdir()):
        if path.is_file() and not path.name.startswith((".", "keys")):
            name = "key-encryption key" if path.name.startswith("kek") else FILES
            found.append(Canary(name, path.read_bytes().strip()))
    keyring = Keyring(data_dir / "secrets")
    for purpose, versions in json.loads((data_dir / "secrets" / "keys.json").read_text()).items():
        found += [Canary(KEYS, keyring._unwrap(purpose, int(at), sealed)) for at, sealed in versions.items()]
    kek = base64.urlsafe_b64decode((data_dir / "secrets" / "kek").read_text().strip() + "==")
    found.append(Canary("key-encryption key", kek))
    found.append(Canary(FILES, (data_dir / "recovery-key").read_bytes().strip()))
    pem = (data_dir / "agent" / "key.pem").read_bytes()
    key = load_pem_private_key(pem, password=None)
    found.append(Canary(AGENT, key.private_bytes_raw()))  # type: ignore[union-attr]  # an Ed25519 key
    found.append(Canary(AGENT, pem.split(b"\n")[1]))
    return found


@pytest.fixture(scope="module")
def after() -> Iterator[Aftermath]:
    """The day itself."""
    smtp, bucket, beat = canary("mail"), canary("bucket"), canary("beat")
    hooked = f"kanaryahook{os.urandom(6).hex()}"
    with ExitStack() as stack:
        lying = stack.enter_context(liars())
        hook = f"http://LOCALHOST:{lying.hook_port}/{hooked}/in path?key={hooked}"
        home = stack.enter_context(
            house(
                STEWARD_SMTP_URL=f"smtp://steward:{quote(smtp, safe='')}@127.0.0.1:{lying.mail_port}",
                STEWARD_AUDIT_ANCHOR=hook,
                STEWARD_FILES_URL="s3://steward-files/home",
                STEWARD_FILES_ENDPOINT=f"http://127.0.0.1:{lying.hook_port}",
                STEWARD_FILES_KEY_ID="AKIASTEWARD",
                STEWARD_FILES_KEY_SECRET=bucket,
                STEWARD_HEARTBEAT_URL=f"http://127.0.0.1:{lying.hook_port}/{quote(beat, safe='')}",
                STEWARD_OUTWARD_ALLOW='["127.0.0.1"]',
                STEWARD_LOG_LEVEL="debug",
            )
        )
        watch = stack.enter_context(Watch())
        day = Day(home, lying)
        day.plant(SMTP, smtp)
        day.plant(BUCKET, bucket)
        day.plant(HEARTBEAT, beat)
        day.plant(ANCHOR, hooked)
        print(f"started in {home.start():.1f} s")
        owner = story.sign_in(day)
        token = story.tokens(day, owner)
        story.channel(day, owner)
        story.webhook(day, owner)
        story.provider(day, owner)
        story.call(day, token)
        stranger = story.links(day, owner)
        story.errors(day, token)
        story.listen(day, owner)
        story.without_the_ledger(day, owner, stranger, token)
        printed = commands(day)
        visited = story.everything(day, owner, addresses(), token)
        story.remember_cookies(day, owner, stranger)
        print(f"{len(day.seen)} answers, {visited} pages, {len(lying.mail.mails)} mails, {len(lying.hooked)} hooks")
        still = environments([psutil.Process(home.pid("up")), *home.everybody()])
        yield Aftermath(day, watch.lines, still, printed, dump_of(home.settings.data_dir))


def addresses() -> list[str]:
    """Every address of the product without parts."""
    return [route.path({}) for route in routes() if not route.params and "GET" in route.methods]


def commands(day: Day) -> list[tuple[str, str]]:
    """What the command line prints, when all is well and when an address or a password is wrong."""
    password = canary("ledger")
    day.plant(LEDGER_URL, password, "Kanarya-half")
    day.plant(STORE_URL, store := canary("store"))
    escaped = quote(password, safe="")
    asked: list[tuple[list[str], dict[str, str]]] = [
        (["audit", "anchor"], {}),
        (["backup"], {}),
        (["doctor"], {"STEWARD_DATABASE_URL": f"postgresql://steward_app:{escaped}@127.0.0.1:1/steward"}),
        (["doctor"], {"STEWARD_DATABASE_URL": f"postgresql://steward_app:Kanarya-half/{escaped}@127.0.0.1/steward"}),
        (["audit", "verify"], {"STEWARD_DATABASE_URL": f"postgresql://steward_app:{escaped}@127.0.0.1:1/steward"}),
        (
            ["audit", "verify"],
            {"STEWARD_DATABASE_URL": f"postgresql://steward_app:Kanarya-half%zz{escaped}@127.0.0.1/s"},
        ),
        (["worker"], {"STEWARD_PORT": "none", "STEWARD_SMTP_URL": "smtp://u:Kanarya-half/@h"}),
        (["migrate", "--check"], {"STEWARD_TELEMETRY_URL": f"http://u:{quote(store, safe='')}@127.0.0.1:1/steward"}),
        (["doctor", "--json"], {}),
    ]
    printed = []
    for words, variables in asked:
        done = day.house.run(*words, **variables)
        printed.append((f"steward {' '.join(words)} → {done.returncode}", done.stdout + done.stderr))
    agent = subprocess.run(
        [sys.executable, "-m", "steward_agent.cli", "status", "--json"],
        capture_output=True, text=True, check=False, env=day.house.environment | agent_environment(day.house.settings),
    )  # fmt: skip
    return [*printed, ("steward-agent status", agent.stdout + agent.stderr), ("steward up", "\n".join(day.house.lines))]


def dump_of(data_dir: Path) -> bytes:
    """The ledger as the newest backup has it, as text."""
    settings = Settings(data_dir=data_dir)
    repository = open_repository(default_destination(settings), backup_key(settings), make=False)
    made = repository.newest()
    assert made is not None
    assert made.ledger is not None
    given = b"".join(repository.get(name) for name, _ in made.ledger.chunks)
    command = [str(ledger.find_cluster(data_dir).programs / "pg_restore"), "--file=-"]
    return subprocess.run(command, input=given, capture_output=True, check=True).stdout


def test_no_secret_is_found_in_anything_that_came_out(after: Aftermath) -> None:
    searcher = after.searcher()
    for where, text in (*after.day.seen, *after.printed):
        searcher.look(where, text)
    searcher.look("dump of the ledger", after.dump)
    searcher.look("command lines", b"\n".join(after.lines))
    cluster = ledger.find_cluster(after.data_dir).pgdata
    searcher.look_at_files(after.data_dir, but=[*after.meant_for_secrets(), cluster, after.data_dir / "static"])
    print(searcher.report())
    assert {each.name for each in searcher.canaries} == PLANTED
    assert_none(searcher.told())


@pytest.mark.prove
def test_not_even_the_ledgers_own_files_hold_one(after: Aftermath) -> None:
    """Rows that are dead, and the log of writes, which an archive would take along."""
    searcher = after.searcher()
    searcher.look_at_files(ledger.find_cluster(after.data_dir).pgdata)
    print(searcher.report())
    assert searcher.size > 10_000_000
    assert_none(searcher.told())


def test_what_was_searched_holds_what_it_should(after: Aftermath) -> None:
    """The places are not empty, and the liars did lie: otherwise nothing would be found for the wrong reason."""
    seen = dict(after.day.seen)
    assert sum("(500)" in each or "(503)" in each for each in seen) >= 2, sorted(seen)
    assert b"COPY public.sessions" in after.dump or b"COPY public.django_session" in after.dump
    for table in (
        b"notify_attempt",
        b"jobs_jobfailure",
        b"procrastinate_jobs",
        b"rest_idempotencykey",
        b"mfa_authenticator",
    ):
        body = after.dump.split(b"COPY public." + table, 1)[1].split(b"\n\\.", 1)[0]
        assert body.count(b"\n") >= 1, table.decode()
    logs = {each.stem: each.read_text() for each in (after.data_dir / "logs").glob("*.log")}
    assert {"web", "worker", "gateway", "live", "store", "postgres", "agent"} <= set(logs)
    assert "Traceback" in logs["web"], "something failed with a traceback"
    assert any(b"apprise_send" in each for each in after.lines), "short-lived programs were seen"
    assert any(b"pg_dump" in each for each in after.lines)
    assert after.day.liars.mail.password in after.day.secrets[SMTP]
    assert any(next(iter(after.day.secrets[ANCHOR])) in each for each in after.day.liars.hooked)


def test_the_environment_of_a_process_is_its_accounts_own_and_holds_no_more_than_it_needs(after: Aftermath) -> None:
    findings: list[str] = []
    told: set[str] = set()
    for each in after.environments:
        searcher = after.searcher()
        searcher.look(each.name, each.content)
        held = {leak.canary for leak in searcher.leaks}
        told.add(f"{each.name[-50:]}: uid {each.uid}, mode {each.mode:o}, holds {', '.join(sorted(held)) or 'none'}")
        if each.mode & 0o077 or each.owner != each.uid:
            findings.append(f"{each.name}: read by others ({each.mode:o}, of {each.owner})")
        allowed = set() if any(word in each.name for word in PROGRAMS_WITHOUT) else IN_THE_ENVIRONMENT
        findings += [f"{each.name}: holds {name}" for name in sorted(held - allowed)]
    print("\n".join(sorted(told)))
    assert len(after.environments) >= 8
    assert_none(findings)


def test_files_with_secrets_are_read_by_their_owner_alone(after: Aftermath) -> None:
    closed = 0
    findings = []
    for place in after.meant_for_secrets():
        for path in (place, *place.rglob("*")) if place.is_dir() else (place,):
            if path.exists():
                closed += 1
                mode = stat.S_IMODE(path.stat().st_mode)
                if mode & 0o077:
                    findings.append(f"{path.relative_to(after.data_dir)}: {mode:o}")
    for place in ("logs", "store", "backups", "backup-keys", "files", "agent", "audit"):
        if (after.data_dir / place).stat().st_mode & 0o077:
            findings.append(f"{place}/ is open to others")
    print(f"A23: {closed} files and folders that hold secrets")
    assert closed >= 8
    assert_none(findings)
