# SPDX-License-Identifier: Apache-2.0
"""Long forms in steps, with a review before anything is done. What was typed is kept in a draft until then, also over days."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from steward.core.tenancy.public import current_scope
from steward.core.ui.forms import FormContext, submitted
from steward.core.ui.models import Draft
from steward.core.ui.table.columns import Words
from steward.core.ui.toasts import Done

REVIEW = "review"


@dataclass(frozen=True, slots=True)
class Step:
    """One step: its key in the address (?step=key), its title and its form."""

    key: str
    title: Words
    form: type[forms.Form]


@dataclass(frozen=True, slots=True)
class StepView:
    """A step as the head of the form shows it."""

    label: str
    state: str
    url: str


def stepped(
    request: HttpRequest, name: str, steps: Sequence[Step], act: Callable[[dict[str, Any]], Done], *, submit: Words
) -> FormContext | HttpResponse:
    """The step that is asked for, or the first that is not done; after the last the review, whose button acts on all values.

    Passwords are not kept in drafts: a stepped form must not ask for one.
    """
    draft = Draft.objects.filter(owner_id=current_scope().actor.user_id, form=name).first()
    values: dict[str, dict[str, list[str]]] = draft.values if draft else {}
    bound = {step.key: step.form(_as_data(values[step.key])) for step in steps if step.key in values}
    asked = request.GET.get("step", "")
    if asked not in {"", REVIEW, *(step.key for step in steps)}:
        raise Http404
    due = next((step.key for step in steps if step.key not in bound or not bound[step.key].is_valid()), REVIEW)
    now = due if not asked or (asked == REVIEW and due != REVIEW) else asked
    heads = [StepView(str(step.title), _state(step.key, now, bound), f"?step={step.key}") for step in steps]
    heads.append(StepView(_("Review"), "now" if now == REVIEW else "", f"?step={REVIEW}"))
    if now == REVIEW:
        return _review(request, name, steps, bound, heads, act, submit)
    step = next(each for each in steps if each.key == now)
    form = step.form(request.POST) if request.method == "POST" else bound.get(now) or step.form()
    if request.method == "POST" and form.is_valid():
        _keep(name, values | {now: {key: request.POST.getlist(form.add_prefix(key)) for key in form.fields}})
        return HttpResponseRedirect(request.path)
    return FormContext(form, submit=_("Next"), steps=heads, status=422 if request.method == "POST" else 200)


def _state(key: str, now: str, bound: dict[str, forms.Form]) -> str:
    if key == now:
        return "now"
    return "done" if key in bound and bound[key].is_valid() else ""


def _review(
    request: HttpRequest,
    name: str,
    steps: Sequence[Step],
    bound: dict[str, forms.Form],
    heads: list[StepView],
    act: Callable[[dict[str, Any]], Done],
    submit: Words,
) -> FormContext | HttpResponse:
    form = forms.Form(request.POST if request.method == "POST" else None)
    every = {key: value for step in steps for key, value in bound[step.key].cleaned_data.items()}

    def act_and_forget(_values: dict[str, Any]) -> Done:
        done = act(every)
        Draft.objects.filter(owner_id=current_scope().actor.user_id, form=name).delete()
        return done

    answer = submitted(request, form, act_and_forget, submit=submit)
    if isinstance(answer, HttpResponse):
        return answer
    groups = [
        {"title": str(step.title), "url": f"?step={step.key}", "facts": _facts(bound[step.key])} for step in steps
    ]
    return FormContext(form, submit=submit, steps=heads, review=groups, status=answer.status)


def _facts(form: forms.Form) -> list[dict[str, str]]:
    facts = []
    for key, item in form.fields.items():
        value = form.cleaned_data.get(key)
        words = dict(getattr(item, "choices", ())).get(value, value)
        facts.append({"label": str(item.label or key), "text": "" if words in (None, "") else str(words)})
    return facts


def _as_data(values: dict[str, list[str]]) -> dict[str, Any]:
    return {key: found[0] if len(found) == 1 else found for key, found in values.items() if found}


def _keep(name: str, values: dict[str, Any]) -> None:
    Draft.objects.update_or_create(owner_id=current_scope().actor.user_id, form=name, defaults={"values": values})
