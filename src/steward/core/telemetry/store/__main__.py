# SPDX-License-Identifier: Apache-2.0
"""`python -m steward.core.telemetry.store`."""

from steward.core.telemetry.store.process import run_store

if __name__ == "__main__":
    run_store()
