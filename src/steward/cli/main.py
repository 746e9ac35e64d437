# SPDX-License-Identifier: Apache-2.0
"""`steward`: finds the subcommand, and turns every refusal into one clear line."""

import os
import sys
from dataclasses import dataclass
from difflib import get_close_matches
from importlib import import_module
from typing import Literal

from pydantic import ValidationError

from steward import __version__
from steward.cli.refusal import Refusal
from steward.settings.ledger import LedgerError
from steward.settings.set_up import set_up


@dataclass(frozen=True, slots=True)
class Command:
    """One subcommand. `django` says whether Django is set up before its module is imported; `role`, as whom it signs in."""

    summary: str
    django: bool = False
    role: Literal["app", "owner"] = "app"
    hidden: bool = False

    def prepare(self) -> None:
        """Set the process up as the command needs it."""
        if self.role == "owner":
            os.environ["STEWARD_DATABASE_ROLE"] = self.role
        if self.django:
            os.environ["DJANGO_SETTINGS_MODULE"] = "steward.settings.django"
            set_up()


COMMANDS: dict[str, Command] = {
    "up": Command("Start everything and watch over it."),
    "doctor": Command("Say what is wrong here, and the remedy."),
    "migrate": Command("Bring the ledger and the telemetry to this version.", django=True, role="owner"),
    "backup": Command("Back up ledger, telemetry and files, the keys apart; list and verify backups.", django=True),
    "restore": Command("Put a backup into a fresh data directory."),
    "audit": Command("Verify the audit's chain; export its anchor.", django=True),
    "sla": Command("Explain a clock: what counted, what did not, and why; verify all that are kept.", django=True),
    "account": Command("Make an account, or give one a new one-time password.", django=True),
    "web": Command("Serve the pages and the REST interface."),
    "live": Command("Serve live events."),
    "gateway": Command("Take telemetry in from agents.", django=True),
    "worker": Command("Run jobs and schedules.", django=True),
    "store": Command("Run the telemetry store."),
    "postgres": Command("Run the embedded PostgreSQL in the foreground."),
    "agent": Command("Run this host's own agent.", hidden=True),
    "reference": Command("Write the reference pages of the docs.", django=True, hidden=True),
    "probe-files": Command("Write, read and delete an object in the bucket of files.", django=True, hidden=True),
    "first-start": Command("Make what a fresh data directory needs.", django=True, hidden=True),
}
USAGE_ERROR = 2


def main(arguments: list[str] | None = None) -> None:
    """Run one subcommand. Exit codes: 0 done, 1 refused or failed, 2 wrongly called."""
    words = sys.argv[1:] if arguments is None else arguments
    if not words or words[0] in {"-h", "--help", "help"}:
        print(_overview())
        return
    if words[0] == "--version":
        print(f"steward {__version__}")
        return
    if words[0] not in COMMANDS:
        near = get_close_matches(words[0], COMMANDS, n=1, cutoff=0.5)
        hint = f"did you mean `steward {near[0]}`?" if near else "`steward --help` lists them."
        _stop(f"there is no command {words[0]!r}: {hint}", USAGE_ERROR)
    try:
        COMMANDS[words[0]].prepare()
        module = import_module(f"steward.cli.commands.{words[0].replace('-', '_')}")
        module.app(args=words[1:], prog_name=f"steward {words[0]}")
    except ValidationError as error:
        _stop(_of_the_environment(error), USAGE_ERROR)
    except (Refusal, LedgerError) as error:
        _stop(str(error), 1)


def _overview() -> str:
    shown = {name: command.summary for name, command in COMMANDS.items() if not command.hidden}
    width = max(map(len, shown)) + 2
    lines = [f"  {name:<{width}}{summary}" for name, summary in shown.items()]
    return "\n".join(["Usage: steward COMMAND [OPTIONS]", "", *lines, "", "`steward COMMAND --help` says more."])


def _of_the_environment(error: ValidationError) -> str:
    problems = [f"STEWARD_{'_'.join(map(str, each['loc'])).upper()}: {each['msg']}" for each in error.errors()]
    return "; ".join(problems) + ". Correct the environment variable."


def _stop(message: str, code: int) -> None:
    print(f"steward: {message}", file=sys.stderr)
    sys.exit(code)


if __name__ == "__main__":
    main()
