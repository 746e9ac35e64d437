# SPDX-License-Identifier: Apache-2.0
"""The WSGI entrance: pages and REST."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "steward.settings.django")
application = get_wsgi_application()
