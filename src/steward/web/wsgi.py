# SPDX-License-Identifier: Apache-2.0
"""The WSGI entrance: pages and REST."""

import os

from django.core.handlers.wsgi import WSGIHandler

from steward.settings.set_up import set_up

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "steward.settings.django")
set_up()
application = WSGIHandler()
