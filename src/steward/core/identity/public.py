# SPDX-License-Identifier: Apache-2.0
"""The door of identity."""

from steward.core.identity.external import callback_address, identities_of, offered, providers, seal_secret
from steward.core.identity.fresh import proof_needed
from steward.core.identity.invitation import password_link, send_invitation
from steward.core.identity.models import ExternalIdentity, OidcProvider, User, fold_email
from steward.core.identity.oidc import Untrusted, discover
from steward.core.identity.persons import blank_person, has_second_factor, new_one_time_password
from steward.core.identity.sessions import (
    NoSession,
    SignedIn,
    clear_ended_sessions,
    end_all_sessions,
    end_session,
    end_sessions,
    session_of,
    sessions_of,
)
from steward.core.identity.web_session import stored_key

__all__ = [
    "ExternalIdentity",
    "NoSession",
    "OidcProvider",
    "SignedIn",
    "Untrusted",
    "User",
    "blank_person",
    "callback_address",
    "clear_ended_sessions",
    "discover",
    "end_all_sessions",
    "end_session",
    "end_sessions",
    "fold_email",
    "has_second_factor",
    "identities_of",
    "new_one_time_password",
    "offered",
    "password_link",
    "proof_needed",
    "providers",
    "seal_secret",
    "send_invitation",
    "session_of",
    "sessions_of",
    "stored_key",
]
