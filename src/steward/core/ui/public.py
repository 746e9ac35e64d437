# SPDX-License-Identifier: Apache-2.0
"""The door of ui: the kit that every page is made of."""

from steward.core.rest.public import SIGNED_IN
from steward.core.ui.ages import length
from steward.core.ui.charts import Chart, Window, chart_json, window_of
from steward.core.ui.forms import FormContext, posted, submitted, with_reason
from steward.core.ui.markup import PLACE
from steward.core.ui.palette import Command, command
from steward.core.ui.promise import Kind as StretchKind
from steward.core.ui.promise import Rect, Stretch, Tick
from steward.core.ui.promise import compact as compact_bar
from steward.core.ui.promise import full as full_bar
from steward.core.ui.registry import Kind, Nav, page, pages, verb
from steward.core.ui.request import Request, acting
from steward.core.ui.slots import panel
from steward.core.ui.steps import Step, stepped
from steward.core.ui.table.columns import CellKind, Column, client_column
from steward.core.ui.table.endpoint import list_endpoint
from steward.core.ui.table.filters import BoolFilter, ChoiceFilter, ClientFilter, DateFilter, Filter, TextFilter
from steward.core.ui.table.state import TableState
from steward.core.ui.table.table import Bulk, Empty, Table, View
from steward.core.ui.table.view import Listed, TableView, listed, table_view
from steward.core.ui.toasts import Done, undoes
from steward.core.ui.tools import hover_card
from steward.core.ui.topics import (
    CHANNEL,
    BadTopic,
    Topic,
    notify_live,
    person_topic,
    register_topic,
    topic,
    topic_permission,
)
from steward.core.ui.zones import zone_choices

__all__ = [
    "CHANNEL",
    "PLACE",
    "SIGNED_IN",
    "BadTopic",
    "BoolFilter",
    "Bulk",
    "CellKind",
    "Chart",
    "ChoiceFilter",
    "ClientFilter",
    "Column",
    "Command",
    "DateFilter",
    "Done",
    "Empty",
    "Filter",
    "FormContext",
    "Kind",
    "Listed",
    "Nav",
    "Rect",
    "Request",
    "Step",
    "Stretch",
    "StretchKind",
    "Table",
    "TableState",
    "TableView",
    "TextFilter",
    "Tick",
    "Topic",
    "View",
    "Window",
    "acting",
    "chart_json",
    "client_column",
    "command",
    "compact_bar",
    "full_bar",
    "hover_card",
    "length",
    "list_endpoint",
    "listed",
    "notify_live",
    "page",
    "pages",
    "panel",
    "person_topic",
    "posted",
    "register_topic",
    "stepped",
    "submitted",
    "table_view",
    "topic",
    "topic_permission",
    "undoes",
    "verb",
    "window_of",
    "with_reason",
    "zone_choices",
]
