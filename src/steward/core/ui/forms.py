# SPDX-License-Identifier: Apache-2.0
"""Forms: what a page of kind FORM does with one. An action's refusal stands beside the field it names, and nothing is lost."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from steward.core.access.public import RefusedMany
from steward.core.ui.table.columns import Words
from steward.core.ui.toasts import Done, keep, toast_of

UNPROCESSABLE = 422


@dataclass(frozen=True, slots=True)
class FormContext:
    """What the form template draws; see `templates/ui/form.html`."""

    form: forms.BaseForm
    title: str = ""
    submit: Words = ""
    cancel_url: str = ""
    draft: str = ""
    danger: bool = False
    typed: str = ""
    steps: list[Any] = field(default_factory=list)
    review: list[Any] = field(default_factory=list)
    status: int = 200
    extra: Mapping[str, Any] = field(default_factory=dict)


def posted(request: HttpRequest) -> QueryDict | None:
    """What a form is bound to. A form that was sent with nothing in it was sent: its fields say what they miss."""
    return request.POST if request.method == "POST" else None


def submitted(
    request: HttpRequest,
    form: forms.BaseForm,
    act: Callable[[dict[str, Any]], Done],
    *,
    title: str = "",
    submit: Words = "",
    cancel_url: str = "",
    draft: str = "",
    danger: bool = False,
    typed: str = "",
    extra: Mapping[str, Any] | None = None,
) -> FormContext | HttpResponse:
    """Show `form`; when it was sent and is good, `act` on its values and go where the `Done` says.

    A RefusedMany of `act` becomes errors of the form, with everything that was typed kept. `typed` must have been typed out
    by the person, for what is dangerous. `draft` names the place where the browser keeps what is typed until it was sent.
    """
    status = 200
    if request.method == "POST":
        if typed and request.POST.get("typed", "").strip() != typed:
            form.full_clean()
            form.add_error(None, _("Type “%(words)s” to go on.") % {"words": typed})
        elif form.is_valid():
            done = _acted(form, act)
            if done is not None:
                keep(request, toast_of(done))
                return HttpResponseRedirect(done.goto or request.path)
        status = UNPROCESSABLE
    return FormContext(form, title, submit, cancel_url, draft, danger, typed, status=status, extra=extra or {})


class ReasonForm(forms.Form):
    """Why something is done."""

    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=300)


def with_reason(
    request: HttpRequest, act: Callable[[str], Done], *, title: str, submit: Words, cancel_url: str, typed: str = ""
) -> FormContext | HttpResponse:
    """Ask why before something is done that weighs, and do it: `act` takes the reason. `typed` as in `submitted`."""
    return submitted(
        request,
        ReasonForm(posted(request)),
        lambda values: act(values["reason"]),
        title=title,
        submit=submit,
        cancel_url=cancel_url,
        danger=True,
        typed=typed,
    )


def _acted(form: forms.BaseForm, act: Callable[[dict[str, Any]], Done]) -> Done | None:
    try:
        with transaction.atomic():
            return act(form.cleaned_data)
    except RefusedMany as refused:
        refuse(form, refused.errors)
        return None


def refuse(form: forms.BaseForm, errors: Mapping[str, Words]) -> None:
    """Put an action's refusals beside the fields they name, or over the form where it has no such field."""
    for name, words in errors.items():
        form.add_error(name if name in form.fields else None, str(words))
