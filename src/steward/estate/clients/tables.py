# SPDX-License-Identifier: Apache-2.0
"""The lists of clients and of contacts: one definition each for page, API, files and saved views."""

from django.db.models import Q
from django.db.models.functions import Lower
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from steward.core.tenancy.public import Client
from steward.core.ui.public import (
    BoolFilter,
    CellKind,
    ChoiceFilter,
    ClientFilter,
    Column,
    Empty,
    Table,
    View,
    client_column,
)
from steward.estate.clients import queries
from steward.estate.clients.models import ContactRole, Criticality
from steward.estate.clients.ordering import by_criticality
from steward.estate.clients.records import client_url

CLIENTS = Table(
    name="clients.clients",
    label=_("clients"),
    rows=queries.profiles,
    url=lambda row: client_url(row.client),
    sort="name",
    search=("client__name", "legal_name", "client__slug"),
    search_words=_("Filter these clients"),
    columns=[
        Column(
            "criticality",
            _("Criticality"),
            kind=CellKind.SEVERITY,
            css="prio",
            text=lambda row: Criticality(row.criticality).label,
            sort=[by_criticality(), Lower("client__name")],
        ),
        Column(
            "name",
            _("Client"),
            value="client.name",
            kind=CellKind.LINK,
            sort=Lower("client__name"),
            sub=lambda row: row.legal_name,
        ),
        Column(
            "state",
            _("State"),
            value="client.state",
            kind=CellKind.STATE,
            css="state",
            text=lambda row: _("Archived") if row.client.state == Client.State.ARCHIVED else _("Active"),
        ),
        Column("account_manager", _("Account manager"), kind=CellKind.PERSON, wide_only=True),
        Column("sites", _("Sites"), value="site_count", kind=CellKind.NUMBER, sort="site_count", descending_first=True),
        Column(
            "contacts",
            _("People"),
            value="contact_count",
            kind=CellKind.NUMBER,
            sort="contact_count",
            descending_first=True,
        ),
        Column("timezone", _("Time zone"), wide_only=True),
        Column("slug", _("Address"), value="client.slug", kind=CellKind.CODE, wide_only=True),
    ],
    filters=[
        ChoiceFilter("criticality", _("Criticality"), choices=Criticality.choices),
        BoolFilter("archived", _("Archived"), condition=Q(client__state=Client.State.ARCHIVED)),
    ],
    views=[
        View("active", _("Active"), "archived=no"),
        View("critical", _("Critical"), "archived=no&criticality=critical"),
    ],
    empty=Empty(
        title=_("No clients yet"),
        text=_(
            "Here stand the organisations you look after. Everything else hangs on one: sites, people, assets, agreements."
        ),
        icon="building-community",
        action=_("Add a client"),
        action_url=reverse_lazy("clients.client_new"),  # type: ignore[arg-type]  # a lazy string, made when a page is shown
        action_permission="clients.create",
    ),
)


CONTACTS = Table(
    name="clients.contacts",
    label=_("contacts"),
    rows=lambda: queries.contacts().filter(erased_at=None),
    url=lambda row: f"{client_url(row.client)}#people",
    sort="name",
    search=("name", "email", "phone", "job_title"),
    search_words=_("Filter these people"),
    columns=[
        Column("name", _("Name"), kind=CellKind.LINK, sort=Lower("name"), sub=lambda row: row.job_title),
        client_column(link=lambda row: client_url(row.client)),
        Column(
            "roles",
            _("There for"),
            kind=CellKind.TAGS,
            text=lambda row: [str(ContactRole(role).label) for role in row.roles],
        ),
        Column("email", _("E-mail"), sort=True),
        Column("phone", _("Telephone"), kind=CellKind.CODE),
        Column("site", _("Site"), value="site.name", wide_only=True),
        Column("language", _("Language"), wide_only=True),
    ],
    filters=[
        ClientFilter(),
        ChoiceFilter("language", _("Language"), choices=[("en", _("English")), ("tr", _("Turkish"))]),
        BoolFilter("archived", _("No longer there"), condition=Q(archived_at__isnull=False)),
    ],
    views=[View("there", _("There now"), "archived=no")],
    empty=Empty(
        title=_("No contacts yet"),
        text=_("Here stand the people at your clients: whom to call, who approves, who is reached at night."),
        icon="users",
    ),
)
