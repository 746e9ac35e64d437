# SPDX-License-Identifier: Apache-2.0
"""Fills a Steward with assets for `lists.py`, and counts the queries of pages: `python -m bench.seeds.assets 100000 /assets/ …`."""

import os
import sys
import time

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "steward.settings.django")
django.setup()

from django.db import connection, transaction  # noqa: E402
from django.test import Client as Browser  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402

from steward.core.access.public import Role  # noqa: E402
from steward.core.identity.public import User  # noqa: E402
from steward.core.tenancy.public import Client, scoped, system_scope  # noqa: E402
from steward.estate.assets.models import Asset  # noqa: E402
from tests.fixtures.actors import make_person  # noqa: E402
from tests.fixtures.browser import session_of  # noqa: E402

CLIENTS = 80
KINDS = ("virtual_server", "physical_server", "workstation", "network_device")
LEVELS = ("critical", "high", "medium", "low")
BLOCK = 5000


def main(assets: int, pages: list[str]) -> None:
    """Print, as the last line, a session's key and the number of queries of each page."""
    with scoped(system_scope("bench")):
        _fill(assets)
        if assets > BLOCK:
            _until_analysed()
    with transaction.atomic():
        person = User.objects.filter(email="olga@msp.example").first() or make_person("Olga Owner", Role.OWNER)
        session = session_of(person)
    browser = Browser(HTTP_HOST="localhost")
    browser.cookies["steward_session"] = session
    counts = []
    for page in pages:
        browser.get(page)
        with CaptureQueriesContext(connection) as seen:
            browser.get(page)
        counts.append(len(seen))
    print(f"\n{session}", *counts)


def _fill(assets: int) -> None:
    with transaction.atomic():
        have = Asset.objects.count()
        for number in range(Client.objects.count(), CLIENTS if assets > 1000 else 3):
            Client.objects.create(slug=f"client-{number}", name=f"Client {number:03}")
        clients = list(Client.objects.all())
    for begin in range(have, assets, BLOCK):
        with transaction.atomic():
            Asset.objects.bulk_create(
                Asset(
                    client=clients[number % len(clients)],
                    number=f"A-{number + 2}",
                    name=f"web-{number:06}",
                    kind=KINDS[number % len(KINDS)],
                    criticality=LEVELS[number % len(LEVELS)],
                )
                for number in range(begin, min(begin + BLOCK, assets))
            )


def _until_analysed() -> None:
    """Until autovacuum has looked at the new rows, as it does within a minute or two: the planner guesses before."""
    deadline = time.monotonic() + 180
    while time.monotonic() < deadline:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "select last_autoanalyze is not null and n_mod_since_analyze < 1000 from pg_stat_user_tables "
                "where relname = 'assets_asset'"
            )
            if cursor.fetchone() == (True,):
                return
        time.sleep(1)
    raise SystemExit("autovacuum did not analyse the assets within three minutes")


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
