# SPDX-License-Identifier: Apache-2.0
"""The ASGI entrance, for live events alone: pages are served by WSGI, which keeps its database connections."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "steward.settings.django")
django.setup()

from steward.web.live.application import LiveApplication  # noqa: E402  (models exist only after the set-up)

application = LiveApplication()
