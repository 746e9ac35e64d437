# SPDX-License-Identifier: Apache-2.0
"""The tags that pages are written with."""

from datetime import timedelta

import pytest
from django import forms
from django.template import Context, RequestContext, Template, TemplateSyntaxError
from django.test import RequestFactory
from django.utils import timezone

LOAD = "{% load parts %}"


def rendered(source: str, **context: object) -> str:
    return Template(LOAD + source).render(Context(context)).strip()


def test_a_part_sees_what_it_is_given_and_nothing_else_of_the_page() -> None:
    html = rendered('{% part "severity" sev="high" %}', label="of the page", title="of the page")
    assert "of the page" not in html
    assert 'data-sev="high"' in html
    assert "High" in html


def test_a_wrap_hands_its_content_and_its_fills_to_the_part() -> None:
    html = rendered(
        '{% wrap "head" title=name %}{% fill do %}<b>{{ name }}</b>{% endfill %}{% endwrap %}', name="A & B"
    )
    assert "<h1>A &amp; B</h1>" in html
    assert '<div class="do"><b>A &amp; B</b></div>' in html
    assert 'class="sub"' not in html


def test_a_block_inside_a_fill_can_be_written_by_a_page() -> None:
    page = Template('{% extends "ui/auth.html" %}{% block heading %}Sign in{% endblock %}')
    assert "Sign in</h1>" in page.render(Context({}))
    listing = Template('{% extends "ui/list.html" %}{% block do %}<i>mine</i>{% endblock %}')
    html = listing.render(Context({"page": {"title": "Assets", "table": {}}}))
    assert '<div class="do"><i>mine</i></div>' in html


def test_a_form_inside_a_part_carries_the_token() -> None:
    request = RequestFactory().get("/")
    html = Template(LOAD + '{% part "form" form=form %}').render(RequestContext(request, {"form": forms.Form()}))
    assert 'name="csrfmiddlewaretoken"' in html


@pytest.mark.parametrize("source", ["{% part %}", '{% part "panel" "title" %}'])
def test_a_part_written_wrongly_is_said_at_once(source: str) -> None:
    with pytest.raises(TemplateSyntaxError):
        rendered(source)


def test_an_icon_that_is_not_drawn_is_a_warning() -> None:
    with pytest.warns(UserWarning, match="no-such-icon"):
        rendered("{% icon name %}", name="no-such-icon")


def test_a_time_is_relative_with_the_absolute_beside_it() -> None:
    at = timezone.now() - timedelta(minutes=5, seconds=1)
    html = rendered('{% part "time" at=at %}', at=at)
    assert ">5 min ago</time>" in html
    assert f'title="{at:%a} {at.day} {at:%b %Y}' in html
    assert rendered('{% part "time" at=at %}', at=None) == ""


def test_a_field_says_its_fault_beside_itself_and_to_a_screen_reader() -> None:
    class Window(forms.Form):
        starts = forms.CharField(label="Starts at", help_text="In your zone.")

    html = rendered('{% part "errors" form=form %}{% part "field" field=form.starts %}', form=Window({"starts": ""}))
    assert 'aria-invalid="true"' in html
    assert 'aria-describedby="id_starts_helptext id_starts_error"' in html or "id_starts_error" in html
    assert '<div class="err" id="id_starts_error"' in html
    assert '<a href="#id_starts">Starts at</a>' in html


def test_what_a_record_is_called_is_escaped_in_every_place() -> None:
    hostile = "<script>alert(1)</script>"
    row = {"id": hostile, "label": hostile, "url": hostile, "cells": [{"text": hostile}]}
    table = {
        "rows": [row],
        "columns": [{"label": hostile}],
        "bulk": [{"slug": "x", "label": hostile}],
        "filters": [{"label": hostile, "value": hostile}],
    }
    html = rendered(
        '{% part "table" table=table %}{% part "toast" toast=toast %}', table=table, toast={"text": hostile}
    )
    assert hostile not in html


def test_a_chart_s_data_cannot_end_its_block() -> None:
    html = rendered(
        '{% part "chart" title="x" data=data %}', data={"t": [], "series": [{"label": "</script><b>", "v": []}]}
    )
    assert "</script><b>" not in html
