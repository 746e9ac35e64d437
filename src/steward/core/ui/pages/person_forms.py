# SPDX-License-Identifier: Apache-2.0
"""The forms about people: inviting, roles, the clients they see, erasing."""

from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from steward.core.access.public import (
    Role,
    StaffClient,
    clients_limit_set,
    of_some_clients,
    permissions_of,
    person_erase,
    person_invite,
    roles_set,
)
from steward.core.identity.public import User
from steward.core.tenancy.public import ALL, Client, current_scope
from steward.core.ui.forms import FormContext, posted, submitted
from steward.core.ui.pages.person import person_by
from steward.core.ui.records import person_url
from steward.core.ui.registry import Kind, page
from steward.core.ui.request import Request, acting
from steward.core.ui.toasts import Done
from steward.core.ui.zones import zone_choices


def role_choices(side: str) -> list[tuple[str, Any]]:
    """The roles of a side that the acting person may give: none that holds a right they lack."""
    actor = acting()
    fitting = [role for role in Role if role.of_staff is (side == User.Side.STAFF)]
    some = current_scope().clients is not ALL
    rights = {role: of_some_clients(permissions_of([role])) if some else permissions_of([role]) for role in fitting}
    return [(role.value, role.label) for role in fitting if all(actor.may(code) for code in rights[role])]


def languages() -> list[tuple[str, Any]]:
    """The languages a person may choose; the pseudo-locale is for tests."""
    return [(code, name) for code, name in settings.LANGUAGES if code != settings.PSEUDO_LOCALE]


class InviteForm(forms.Form):
    """Who is invited, as what, for whom."""

    email = forms.EmailField(
        label=gettext_lazy("E-mail address"),
        help_text=gettext_lazy("A link to choose a password is sent there; it works for three days."),
    )
    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)
    client: "forms.ModelChoiceField[Client]" = forms.ModelChoiceField(
        None,
        label=gettext_lazy("Client"),
        required=False,
        to_field_name="slug",
        empty_label=gettext_lazy("None: one of our own staff"),
    )
    roles = forms.MultipleChoiceField(
        label=gettext_lazy("Roles"),
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("Staff hold roles of the MSP, a client’s people those of a client."),
    )
    all_clients = forms.BooleanField(
        label=gettext_lazy("Sees every client"),
        required=False,
        initial=True,
        help_text=gettext_lazy("For staff. Without it, choose their clients afterwards on their page."),
    )
    language = forms.ChoiceField(label=gettext_lazy("Language"), choices=languages)
    timezone = forms.ChoiceField(label=gettext_lazy("Time zone"), choices=zone_choices)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        scope = current_scope()
        self.fields["client"].queryset = Client.objects.order_by("name")  # type: ignore[attr-defined]  # a ModelChoiceField
        self.fields["roles"].choices = [*role_choices("staff"), *role_choices("client")]  # type: ignore[attr-defined]  # a choice field
        if scope.actor.client_id is not None:
            own = Client.objects.get(pk=scope.actor.client_id)
            self.fields["client"].initial, self.fields["client"].required = own.slug, True
            del self.fields["all_clients"]
        elif scope.clients is not ALL:
            self.fields["all_clients"].initial = False
        self.fields["timezone"].initial = "UTC"


class RolesForm(forms.Form):
    """The roles of a person."""

    roles = forms.MultipleChoiceField(label=gettext_lazy("Roles"), widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args: Any, person: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["roles"]
        field.choices = role_choices(person.side)  # type: ignore[attr-defined]  # a choice field
        field.initial = list(person.held)


class ClientsForm(forms.Form):
    """The clients that a member of staff sees."""

    all_clients = forms.BooleanField(label=gettext_lazy("Sees every client"), required=False)
    clients: "forms.ModelMultipleChoiceField[Client]" = forms.ModelMultipleChoiceField(
        None,
        label=gettext_lazy("These clients alone"),
        required=False,
        to_field_name="slug",
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, person: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen = Client.objects.filter(pk__in=StaffClient.objects.filter(user=person).values("client_id"))
        self.fields["all_clients"].initial = person.all_clients
        self.fields["clients"].queryset = Client.objects.order_by("name")  # type: ignore[attr-defined]  # a ModelMultipleChoiceField
        self.fields["clients"].initial = list(chosen.values_list("slug", flat=True))


@page(
    "people/invite/",
    permission="people.manage",
    kind=Kind.FORM,
    title=gettext_lazy("Invite somebody"),
    parent="ui.people_list",
    template="ui/form.html",
    create=True,
)
def person_new(request: Request) -> FormContext | HttpResponse:
    """Make an account for somebody and mail them a link."""

    def act(values: dict[str, Any]) -> Done:
        client = values["client"]
        made = person_invite(
            actor=acting(),
            email=values["email"],
            name=values["name"],
            roles=[Role(each) for each in values["roles"]],
            client=client,
            all_clients=bool(values.get("all_clients")) and client is None,
            language=values["language"],
            timezone_name=values["timezone"],
        )
        return Done(
            _("%(name)s was invited; the link is on its way to %(email)s.") % {"name": made.name, "email": made.email},
            goto=person_url(made),
        )

    form = InviteForm(posted(request))
    return submitted(
        request, form, act, submit=_("Send invitation"), cancel_url=reverse("ui.people_list"), draft="ui.invite"
    )


@page(
    "people/<uuid:uid>/roles/",
    permission="people.manage",
    kind=Kind.FORM,
    title=gettext_lazy("Change roles"),
    parent="ui.person",
    template="ui/form.html",
)
def person_roles(request: Request, uid: UUID) -> FormContext | HttpResponse:
    """Give a person exactly the ticked roles."""
    person = person_by(uid)

    def act(values: dict[str, Any]) -> Done:
        roles_set(person, actor=acting(), roles=[Role(each) for each in values["roles"]])
        return Done(_("The roles of %(name)s were changed.") % {"name": person}, goto=person_url(person))

    form = RolesForm(posted(request), person=person)
    title = _("Roles of %(name)s") % {"name": person}
    return submitted(request, form, act, title=title, submit=_("Change roles"), cancel_url=person_url(person))


@page(
    "people/<uuid:uid>/clients/",
    permission="people.manage",
    kind=Kind.FORM,
    title=gettext_lazy("Choose clients"),
    parent="ui.person",
    template="ui/form.html",
)
def person_clients(request: Request, uid: UUID) -> FormContext | HttpResponse:
    """Choose which clients a member of staff sees."""
    person = person_by(uid)

    def act(values: dict[str, Any]) -> Done:
        clients_limit_set(person, actor=acting(), all_clients=values["all_clients"], clients=values["clients"])
        return Done(_("What %(name)s sees was changed.") % {"name": person}, goto=person_url(person))

    form = ClientsForm(posted(request), person=person)
    title = _("Clients that %(name)s sees") % {"name": person}
    return submitted(request, form, act, title=title, submit=_("Choose clients"), cancel_url=person_url(person))


@page(
    "people/<uuid:uid>/erase/",
    permission="people.erase",
    kind=Kind.FORM,
    title=gettext_lazy("Erase personal data"),
    parent="ui.person",
    template="ui/pages/person_erase.html",
)
def person_erased(request: Request, uid: UUID) -> FormContext | HttpResponse:
    """Blank everything personal about somebody, for ever."""
    person = person_by(uid)

    def act(_values: dict[str, Any]) -> Done:
        person_erase(person, actor=acting())
        return Done(
            _("The personal data were erased. What the person did stays in the audit, without a name."),
            goto=reverse("ui.people_list"),
        )

    form = forms.Form(posted(request))
    title = _("Erase the personal data of %(name)s") % {"name": person}
    return submitted(
        request,
        form,
        act,
        title=title,
        submit=_("Erase for ever"),
        cancel_url=person_url(person),
        danger=True,
        typed=person.email,
    )
