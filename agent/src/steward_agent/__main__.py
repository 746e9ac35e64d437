# SPDX-License-Identifier: Apache-2.0
"""`python -m steward_agent`"""

import sys

from steward_agent.cli import main

sys.exit(main())
