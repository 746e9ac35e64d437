# SPDX-License-Identifier: Apache-2.0
"""What a process's start says to the collector of garbage, asked of a process of its own."""

import subprocess
import sys

ASKED = """
import gc
from steward.settings.set_up import THRESHOLDS, set_up
set_up()
assert gc.isenabled()
assert gc.get_threshold() == THRESHOLDS
assert gc.get_freeze_count() > 100_000
class Ring: pass
ring = Ring()
ring.itself = ring
import weakref
gone = weakref.ref(ring)
del ring
gc.collect()
assert gone() is None
"""
FAILS = """
import gc
from steward.settings.set_up import collector_resting
try:
    with collector_resting():
        assert not gc.isenabled()
        raise KeyError
except KeyError:
    assert gc.isenabled()
"""


def test_what_the_start_made_is_set_aside_and_what_comes_later_is_collected() -> None:
    subprocess.run([sys.executable, "-c", ASKED], check=True)


def test_the_collector_works_again_when_the_start_fails() -> None:
    subprocess.run([sys.executable, "-c", FAILS], check=True)
