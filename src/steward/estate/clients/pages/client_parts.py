# SPDX-License-Identifier: Apache-2.0
"""What forms about a client's places and people have in common: they act on a row of the client and lead back to its section."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from django import forms
from django.http import HttpResponse
from django.utils.translation import gettext as _

from steward.core.tenancy.public import Client
from steward.core.ui.public import Done, FormContext, Request, acting, submitted
from steward.estate.clients.records import client_url


class Named(Protocol):
    """A row that people know by a name."""

    name: str


@dataclass(frozen=True, slots=True)
class Section:
    """Where on a client's page such rows stand."""

    client: Client
    anchor: str

    def done(self, words: str, row: Named) -> Done:
        """`words` with the name of the row, and back to the section."""
        return Done(words % {"name": row.name}, goto=f"{client_url(self.client)}#{self.anchor}")


def add_form(
    request: Request,
    section: Section,
    form: forms.Form,
    create: Callable[..., Named],
    *,
    said: str,
    title: str,
    submit: str,
) -> FormContext | HttpResponse:
    """Add a row by the action `create`; `said` is told afterwards, with its %(name)s."""
    client = section.client

    def act(values: dict[str, Any]) -> Done:
        return section.done(said, create(client, actor=acting(), **values))

    return submitted(
        request,
        form,
        act,
        title=title % {"client": client.name},
        submit=submit,
        cancel_url=client_url(client),
        draft=f"clients.{section.anchor}.{client.slug}",
    )


def change_form(
    request: Request,
    section: Section,
    form: forms.Form,
    row: Named,
    edit: Callable[..., Named],
    *,
    said: str,
    extra: dict[str, Any],
) -> FormContext | HttpResponse:
    """Change a row by the action `edit`. `extra` says what else may be done with it."""

    def act(values: dict[str, Any]) -> Done:
        return section.done(said, edit(row, actor=acting(), **values))

    return submitted(
        request, form, act, title=row.name, submit=_("Save"), cancel_url=client_url(section.client), extra=extra
    )


def initial_of(row: object, form: type[forms.Form]) -> dict[str, Any]:
    """What a row has in the fields of a form."""
    return {field: getattr(row, field) for field in form.base_fields}
