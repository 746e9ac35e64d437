# SPDX-License-Identifier: Apache-2.0
"""The right to answer a page by a link: made for one person and one page, found by its hash, gone after a while."""

import hashlib
import secrets
from datetime import timedelta
from typing import Final

from django.db.models import Value
from django.db.models.functions import Now
from django.urls import reverse

from steward.core.identity.public import User
from steward.desk.oncall.models import AnswerLink, Page
from steward.settings.env import get_settings

LASTS: Final = timedelta(hours=12)
KEY_MAX: Final = 64


def link_for(page: Page, person: User) -> str:
    """A new link by which `person` may acknowledge `page`. Only its hash is kept: it can't be shown again."""
    key = secrets.token_urlsafe(32)
    AnswerLink.objects.create(
        client_id=page.client_id, page=page, person=person, key_hash=key_hash(key), expires_at=Now() + Value(LASTS)
    )
    return get_settings().base_url + reverse("oncall.answer", args=[key])


def link_of(key: str) -> AnswerLink | None:
    """The link with this key, expired or not. Needs the scope of the system, since nobody is known yet."""
    if not 0 < len(key) <= KEY_MAX:
        return None
    rows = AnswerLink.objects.select_related("page", "page__client", "page__acknowledged_by", "person")
    return rows.filter(key_hash=key_hash(key)).first()


def key_hash(key: str) -> str:
    """A key as it is kept. It is 256 bits of chance, so a plain hash is as good as a slow one."""
    return hashlib.sha256(key.encode()).hexdigest()
