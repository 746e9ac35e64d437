# SPDX-License-Identifier: Apache-2.0
"""What the tests of the agent share. None of them needs a database."""

import os

from hypothesis import settings

# A few hundred examples in the normal run, 10,000 where `prove` is asked for (see the tests so marked).
settings.register_profile("agent", max_examples=int(os.environ.get("STEWARD_TEST_EXAMPLES", "200")), deadline=None)
settings.load_profile("agent")
