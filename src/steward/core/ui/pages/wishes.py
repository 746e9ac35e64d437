# SPDX-License-Identifier: Apache-2.0
"""How one wants to be told: by mail, by a channel of one's own, in which language, and when not."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from steward.core.identity.public import User
from steward.core.notify.public import (
    BouncedAddress,
    Delivery,
    Wishes,
    bounce_of,
    chosen_kinds,
    chosen_ways,
    own_last_told,
    own_test,
    own_wishes,
    wishes_set,
)
from steward.core.rest.public import SIGNED_IN
from steward.core.ui.forms import FormContext, posted, submitted
from steward.core.ui.pages.notifications import STATES
from steward.core.ui.pages.person_forms import languages
from steward.core.ui.registry import Kind, page, verb
from steward.core.ui.request import Request, acting
from steward.core.ui.slots import panel
from steward.core.ui.toasts import Done

MAIL, CHANNEL = ("mail", gettext_lazy("Mail")), ("channel", gettext_lazy("My own channel"))


def languages_or_profile() -> list[tuple[str, Any]]:
    """The languages of mail; first that of the profile."""
    return [("", gettext_lazy("That of my profile")), *languages()]


class WishesForm(forms.Form):
    """How one wants to be told; a group of boxes for each kind of message."""

    language = forms.ChoiceField(
        label=gettext_lazy("Language of mail"),
        choices=languages_or_profile,
        required=False,
        help_text=gettext_lazy("The console speaks that of your profile."),
    )
    quiet_from = forms.TimeField(
        label=gettext_lazy("Quiet from"),
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        help_text=gettext_lazy(
            "By the clock of your own zone. What is not urgent waits until the quiet hours end; the inbox has it at once."
        ),
    )
    quiet_to = forms.TimeField(
        label=gettext_lazy("Quiet until"),
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
    )
    channel = forms.CharField(
        label=gettext_lazy("Address of my own channel"),
        max_length=1000,
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    no_channel = forms.BooleanField(label=gettext_lazy("Take my own channel away"), required=False)

    def __init__(self, *args: Any, wishes: Wishes, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kinds = {f"ways-{kind.kind.replace('.', '-')}": kind for kind in chosen_kinds()}
        self._say_what_there_is(wishes)
        for name, kind in self.kinds.items():
            self.fields[name] = forms.MultipleChoiceField(
                label=str(kind.label),
                choices=[MAIL, CHANNEL] if wishes.sealed_url else [MAIL],
                required=False,
                initial=chosen_ways(kind, wishes),
                widget=forms.CheckboxSelectMultiple,
                help_text=_("Urgent: one way at least, also in quiet hours.") if kind.urgent else "",
            )

    def _say_what_there_is(self, wishes: Wishes) -> None:
        if wishes.sealed_url:
            self.fields["channel"].help_text = _("%(service)s is set. Empty: it stays as it is.") % {
                "service": wishes.service
            }
            return
        del self.fields["no_channel"]
        self.fields["channel"].help_text = _(
            "As Apprise writes it, such as tgram://… or pover://…. It is sealed and never shown again. What is urgent goes "
            "there as well; afterwards you choose what else does."
        )

    @property
    def ways(self) -> dict[str, list[str]]:
        """For each kind the ways that were ticked; nothing by a channel that is being taken away."""
        kept = {"mail"} if self.cleaned_data.get("no_channel") else {"mail", "channel"}
        return {kind.kind: [way for way in self.cleaned_data[name] if way in kept] for name, kind in self.kinds.items()}

    @property
    def channel_said(self) -> str | None:
        """The address that was typed, "" when it goes, None when it stays."""
        if self.cleaned_data.get("no_channel"):
            return ""
        return self.cleaned_data["channel"] or None


@page(
    "account/messages/",
    permission=SIGNED_IN,
    kind=Kind.FORM,
    title=gettext_lazy("Messages to me"),
    parent="ui.account",
    template="ui/pages/wishes.html",
)
def wishes(request: Request) -> FormContext | HttpResponse:
    """Choose how one is told."""
    found = own_wishes(request.user.pk)
    initial = {"language": found.language, "quiet_from": found.quiet_from, "quiet_to": found.quiet_to}
    form = WishesForm(posted(request), initial=initial, wishes=found)

    def act(values: dict[str, Any]) -> Done:
        wishes_set(
            actor=acting(),
            language=values["language"],
            quiet_from=values["quiet_from"],
            quiet_to=values["quiet_to"],
            ways=form.ways,
            channel=form.channel_said,
        )
        return Done(_("You will be told so from now on."), goto=reverse("ui.account"))

    return submitted(request, form, act, submit=_("Keep my choice"), cancel_url=reverse("ui.account"))


@verb(wishes, "test", permission=SIGNED_IN)
def _test(request: Request) -> Done:
    own_test(actor=acting())
    return Done(
        _("A test message is on its way to %(email)s, and to your own channel where you have one.")
        % {"email": request.user.email},
        goto=reverse("ui.account"),
    )


@dataclass(frozen=True, slots=True)
class OwnMessages:
    """How one is told now, and whether it arrives."""

    wishes: Wishes
    bounce: BouncedAddress | None
    last: Delivery | None
    last_state: str


@panel("ui.person.side", permission=SIGNED_IN, order=10, template="ui/pages/own_messages.html")
def own_messages(request: Request, person: User) -> OwnMessages | None:
    """On one's own page alone: what one chose."""
    if person.pk != request.user.pk:
        return None
    found = own_wishes(person.pk)
    last = own_last_told(person.pk) if found.sealed_url else None
    return OwnMessages(found, bounce_of(person.email), last, str(STATES[last.state]) if last else "")
