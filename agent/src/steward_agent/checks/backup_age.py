# SPDX-License-Identifier: Apache-2.0
"""How old the newest backup is: of a restic or borg repository that the machine's owner declared, or by a marker file."""

import time
from tempfile import TemporaryDirectory
from typing import Annotated

import msgspec
from msgspec import Meta

from steward_agent.checks.backup_listing import Unreadable, newest_borg, newest_restic
from steward_agent.checks.child import BARE, Ran, TooMuchOutput, run_program
from steward_agent.checks.machine import Repository
from steward_agent.checks.observation import OK, Ended, Observation, Reason, end, observed
from steward_agent.checks.owned import Unsafe, need_owned
from steward_agent.checks.paths import (
    MAX_ENTRIES,
    PATH_PATTERN,
    PathHidden,
    PathRefused,
    TooManyEntries,
    matches,
    read_secret,
)
from steward_agent.checks.visit import Visit
from steward_agent.collectors.metrics import Metric, MetricKind, Unit
from steward_agent.protocol.results import Verdict

SLUG = "backup_age"
VERSION = 1
MAX_LISTING = 1024 * 1024
_DAY = 86_400
_FAILING, _UNKNOWN = Verdict.FAILING, Verdict.UNKNOWN

AGE_METRIC = Metric(
    "check.backup_age.age_seconds",
    Unit.SECONDS,
    MetricKind.GAUGE,
    "Time since the newest backup was begun, or its marker changed",
    ("check",),
)
METRICS = (AGE_METRIC,)

TOO_OLD = Reason(
    "backup_old", _FAILING, "The newest backup is older than `max_age_seconds`", ("backup", "seconds", "limit")
)
NONE = Reason("backup_none", _FAILING, "There is no backup, or none with that tag", ("backup",))
UNDECLARED = Reason(
    "backup_undeclared",
    _UNKNOWN,
    "The machine's owner declares no such repository: it is a table [backups.<name>] in agent.toml",
    ("backup",),
)
UNLISTED = Reason(
    "backup_unlisted",
    _UNKNOWN,
    "The tool could not list the repository; `text` is the last line it says",
    ("backup", "code", "text"),
)
UNSAFE = Reason(
    "backup_unsafe",
    _UNKNOWN,
    "The tool is not run, since others than root and the agent's user could have changed `path`",
    ("backup", "path"),
)
FORBIDDEN = Reason("path_forbidden", _UNKNOWN, "The machine's owner does not let checks look there", ("path",))
HIDDEN = Reason("path_hidden", _UNKNOWN, "The agent's user may not look there", ("path",))
TOO_MANY = Reason("paths_many", _UNKNOWN, "More lies there than is looked through", ("path", "limit"))
REASONS = (TOO_OLD, NONE, UNDECLARED, UNLISTED, UNSAFE, FORBIDDEN, HIDDEN, TOO_MANY)


class Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which backups, and how old the newest may be. Addresses and passwords of repositories stay on the machine."""

    backup: Annotated[
        Annotated[str, Meta(min_length=1, max_length=64, pattern=r"\A[A-Za-z0-9_-]+\Z")] | None,
        Meta(description="Name of a restic or borg repository that agent.toml declares"),
    ] = None
    tag: Annotated[
        Annotated[str, Meta(min_length=1, max_length=64, pattern=r"\A[A-Za-z0-9_.@:+-]+\Z")] | None,
        Meta(description="Only backups that have this tag (restic), or whose name begins so (borg)"),
    ] = None
    path: Annotated[
        Annotated[str, Meta(min_length=2, max_length=1024, pattern=PATH_PATTERN)] | None,
        Meta(
            description="Instead of a repository: file that a backup leaves when it succeeded; * and ? as in the check file"
        ),
    ] = None
    max_age_seconds: Annotated[int, Meta(ge=60, le=366 * _DAY, description="How old the newest may be, in seconds")] = (
        26 * 3600
    )

    def __post_init__(self) -> None:
        if (self.backup is None) == (self.path is None):
            raise ValueError("backup: name either a declared repository or a path")
        if self.tag is not None and self.backup is None:
            raise ValueError("tag: a marker has none; name a repository")
        if self.path is not None and ".." in self.path.split("/"):
            raise ValueError("path: may not climb with ..")


def run(config: Config, visit: Visit) -> Observation:
    name = config.backup or config.path or ""
    try:
        newest = _listed(config, name, visit) if config.backup is not None else _marked(name, visit)
    except TooMuchOutput:
        end(UNLISTED, backup=name, code=0, text=f"more than {MAX_LISTING} bytes")
    if newest is None:
        raise Ended(NONE, backup=name)
    seconds = round(time.time() - newest)
    visit.measured[AGE_METRIC.name] = seconds
    if seconds > config.max_age_seconds:
        end(TOO_OLD, backup=name, seconds=seconds, limit=config.max_age_seconds)
    return observed(OK)


def _marked(path: str, visit: Visit) -> float | None:
    try:
        return max((state.st_mtime for _, state in matches(path, visit)), default=None)
    except PathRefused as refused:
        end(FORBIDDEN, path=str(refused))
    except PathHidden as hidden:
        end(HIDDEN, path=str(hidden))
    except TooManyEntries as many:
        end(TOO_MANY, path=str(many), limit=MAX_ENTRIES)


def _listed(config: Config, name: str, visit: Visit) -> float | None:
    repository = visit.place.machine.backups.get(name)
    if repository is None:
        raise Ended(UNDECLARED, backup=name)
    try:
        for path in filter(None, (repository.program, repository.password_file)):
            need_owned(path)
        ran = (_restic if repository.tool == "restic" else _borg)(repository, config.tag, visit)
        if ran.code == 0:
            return (newest_restic if repository.tool == "restic" else newest_borg)(ran.out)
    except Unsafe as unsafe:
        end(UNSAFE, backup=name, path=str(unsafe))
    except Unreadable:
        end(UNLISTED, backup=name, code=0, text="not the list that was asked for")
    said = (ran.err or ran.out).decode("utf-8", "replace").strip().rpartition("\n")[2]
    raise Ended(UNLISTED, backup=name, code=ran.code, text=said)


def _restic(repository: Repository, tag: str | None, visit: Visit) -> Ran:
    # Neither lock nor cache: a look writes nothing, and waits for nobody.
    command = [repository.program, "snapshots", "--json", "--no-lock", "--no-cache", "--latest=1"]
    environment = BARE | {"RESTIC_REPOSITORY": repository.repository}
    if repository.password_file is not None:
        environment["RESTIC_PASSWORD_FILE"] = repository.password_file
    named = [f"--tag={tag}"] if tag is not None else []
    return run_program(
        [*command, *named], visit, environment=environment | dict(repository.environment), most=MAX_LISTING
    )


def _borg(repository: Repository, tag: str | None, visit: Visit) -> Ran:
    command = [repository.program, "--bypass-lock", "list", "--json", "--last=1"]
    named = [f"--glob-archives={tag}*"] if tag is not None else []
    environment = BARE | {
        # It tells local times, without saying of which zone.
        "TZ": "UTC",
        "BORG_REPO": repository.repository,
        "BORG_RELOCATED_REPO_ACCESS_IS_OK": "yes",
        "BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK": "yes",
    }
    if repository.password_file is not None:
        environment["BORG_PASSPHRASE"] = read_secret(repository.password_file)
    if "BORG_BASE_DIR" in repository.environment:
        return run_program(
            [*command, *named], visit, environment=environment | dict(repository.environment), most=MAX_LISTING
        )
    with TemporaryDirectory(prefix="steward-borg-", ignore_cleanup_errors=True) as folder:
        environment |= {"BORG_BASE_DIR": folder} | dict(repository.environment)
        return run_program([*command, *named], visit, environment=environment, most=MAX_LISTING)
