# SPDX-License-Identifier: Apache-2.0
"""Sessions in the ledger that a copy of the ledger opens none of: the cookie holds a secret, the row its hash, and what a session
remembers (the key of a link to set a password, say) is sealed."""

import hashlib
import json
import secrets
from typing import Any, Final

from django.conf import settings
from django.contrib.sessions import middleware
from django.contrib.sessions.backends import db
from django.http import HttpRequest, HttpResponse

from steward.core.crypto.public import decrypt, encrypt

PURPOSE: Final = "session"
COOKIE_BYTES: Final = 24
KEY_LENGTH: Final = 40  # of the column; 160 bits of the hash


def stored_key(cookie: str) -> str:
    """The key of the row that a cookie opens; 192 random bits need no slow hash."""
    return hashlib.sha256(cookie.encode()).hexdigest()[:KEY_LENGTH]


class SealedJson:
    """What a session remembers, as it is kept."""

    def dumps(self, value: Any) -> bytes:
        """Seal a JSON value."""
        return encrypt(PURPOSE, json.dumps(value, separators=(",", ":")).encode()).encode()

    def loads(self, kept: bytes) -> Any:
        """Open it. Raises CannotDecrypt, of which Django makes an empty session."""
        return json.loads(decrypt(PURPOSE, kept.decode()))


class SessionStore(db.SessionStore):
    """A session by its stored key. `cookie` is the secret that opens it: known when it came with one, or is new."""

    cookie: str | None = None

    @classmethod
    def of_cookie(cls, cookie: str | None) -> "SessionStore":
        """The session that a cookie opens; an empty one without a cookie."""
        store = cls(stored_key(cookie) if cookie else None)
        store.cookie = cookie or None
        return store

    def _get_new_session_key(self) -> str:
        self.cookie = secrets.token_urlsafe(COOKIE_BYTES)
        return stored_key(self.cookie)

    async def _aget_new_session_key(self) -> str:
        return self._get_new_session_key()


class SessionMiddleware(middleware.SessionMiddleware):
    """Django's own, between cookies and stored keys."""

    def process_request(self, request: HttpRequest) -> None:
        request.session = SessionStore.of_cookie(request.COOKIES.get(settings.SESSION_COOKIE_NAME))

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        answer = super().process_response(request, response)
        set_now = answer.cookies.get(settings.SESSION_COOKIE_NAME)
        session = getattr(request, "session", None)
        if set_now is not None and set_now.value and isinstance(session, SessionStore) and session.cookie:
            set_now.set(settings.SESSION_COOKIE_NAME, session.cookie, session.cookie)
        return answer
