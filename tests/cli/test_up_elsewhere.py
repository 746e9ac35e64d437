# SPDX-License-Identifier: Apache-2.0
"""`steward up` with a PostgreSQL server elsewhere: another cluster, reached by its addresses alone."""

import json
import tempfile
from pathlib import Path

import pytest

from steward.settings import ledger
from tests.fixtures.house import house

pytestmark = pytest.mark.alone


def test_everything_runs_on_a_server_elsewhere_and_no_password_of_it_is_logged() -> None:
    with tempfile.TemporaryDirectory(prefix="steward-elsewhere-") as folder:
        Path(folder).chmod(0o711)
        with ledger.running_cluster(Path(folder) / "var", fsync=False, createdb=False, keep=False) as server:
            where = f"@/elsewhere?host={server.socket_dir}"
            addresses = {
                "STEWARD_DATABASE_URL": f"postgresql://steward_app:canary-app{where}",
                "STEWARD_DATABASE_OWNER_URL": f"postgresql://steward_owner:canary-owner{where}",
                "STEWARD_DATABASE_ADMIN_URL": f"postgresql://pgadmin:{server.secrets('db-admin')}{where}",
            }
            with house(**addresses) as home:
                home.start()
                assert home.is_ready()
                assert "postgres" not in home.control.states()
                assert not (home.settings.data_dir / "postgres-18").exists()
                findings = {each["check"]: each["level"] for each in json.loads(home.run("doctor", "--json").stdout)}
                assert "wrong" not in findings.values()
                logs = [each.read_text(encoding="utf-8", errors="replace") for each in home.settings.logs_dir.iterdir()]
                assert not [log for log in logs if "canary-" in log]
                assert not [each for each in home.everybody() if "canary-" in " ".join(each.cmdline())]
