# SPDX-License-Identifier: Apache-2.0
"""The ASGI entrance, for live events alone: pages are served by WSGI, which keeps its database connections."""

import os

from steward.settings.set_up import set_up

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "steward.settings.django")
set_up()

from steward.web.live.application import LiveApplication  # noqa: E402  (models exist only after the set-up)

application = LiveApplication()
