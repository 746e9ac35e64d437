# SPDX-License-Identifier: Apache-2.0
"""The door of rest."""

from steward.core.rest.api import api_document
from steward.core.rest.endpoint import PUBLIC, SIGNED_IN, Endpoint, endpoint, router
from steward.core.rest.errors import Conflict, ErrorOut, RestError, error_response
from steward.core.rest.formats import csv_lines, plain_value, yaml_lines
from steward.core.rest.limits import Rate, spend
from steward.core.rest.paging import Key, Order, Slice, in_order, page_of

__all__ = [
    "PUBLIC",
    "SIGNED_IN",
    "Conflict",
    "Endpoint",
    "ErrorOut",
    "Key",
    "Order",
    "Rate",
    "RestError",
    "Slice",
    "api_document",
    "csv_lines",
    "endpoint",
    "error_response",
    "in_order",
    "page_of",
    "plain_value",
    "router",
    "spend",
    "yaml_lines",
]
