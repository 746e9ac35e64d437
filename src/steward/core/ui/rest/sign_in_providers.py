# SPDX-License-Identifier: Apache-2.0
"""Who else says who signs in."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from ninja import Schema
from ninja.responses import Status
from pydantic import ConfigDict, Field

from steward.core.access.public import provider_add, provider_edit, provider_switch
from steward.core.identity.public import OidcProvider, callback_address, providers
from steward.core.rest.public import endpoint, router
from steward.core.ui.pages.sign_in_providers import PROVIDERS
from steward.core.ui.request import acting
from steward.core.ui.table.endpoint import list_endpoint

api = router("sign-in-providers", label=_("Sign-in providers"))

list_endpoint(api, "", PROVIDERS, permission="people.sign_in_view")


class ProviderChangeIn(Schema):
    """What may change of a provider; its secret only when one is given."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(max_length=60)
    client_id: str = Field(max_length=255)
    factor_means: list[str] = Field(default_factory=list, max_length=20)
    client_secret: str = Field("", max_length=255)


class ProviderIn(ProviderChangeIn):
    """A provider that speaks OpenID Connect, by its issuer."""

    issuer: str = Field(max_length=255)
    client_secret: str = Field(max_length=255)


class ProviderSwitchIn(Schema):
    """Whether people may sign in with it."""

    model_config = ConfigDict(extra="forbid")

    on: bool


class ProviderOut(Schema):
    """A provider, and the address to enter there; never its secret."""

    uid: UUID
    name: str
    issuer: str
    client_id: str
    factor_means: list[str]
    enabled: bool
    redirect_address: str


@api.post("", response={201: ProviderOut})
@endpoint(permission="people.sign_in_manage")
def provider_post(request: HttpRequest, body: ProviderIn) -> Status[dict[str, Any]]:
    """Let people sign in with a provider."""
    return Status(201, _provider(provider_add(actor=acting(), **body.dict())))


@api.get("/{uuid:uid}", response=ProviderOut)
@endpoint(permission="people.sign_in_view")
def provider_get(request: HttpRequest, uid: UUID) -> dict[str, Any]:
    """One provider."""
    return _provider(providers().get(uid=uid))


@api.put("/{uuid:uid}", response=ProviderOut)
@endpoint(permission="people.sign_in_manage")
def provider_put(request: HttpRequest, uid: UUID, body: ProviderChangeIn) -> dict[str, Any]:
    """Change a provider."""
    return _provider(provider_edit(providers().get(uid=uid), actor=acting(), **body.dict()))


@api.post("/{uuid:uid}/switch", response=ProviderOut)
@endpoint(permission="people.sign_in_manage")
def provider_switch_post(request: HttpRequest, uid: UUID, body: ProviderSwitchIn) -> dict[str, Any]:
    """Let people sign in with a provider, or no more."""
    provider_switch(providers().get(uid=uid), actor=acting(), on=body.on)
    return _provider(providers().get(uid=uid))


def _provider(found: OidcProvider) -> dict[str, Any]:
    names = ("uid", "name", "issuer", "client_id", "factor_means", "enabled")
    return {**{name: getattr(found, name) for name in names}, "redirect_address": callback_address(found)}
