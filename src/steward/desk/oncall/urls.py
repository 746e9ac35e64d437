# SPDX-License-Identifier: Apache-2.0
"""The one address of this room that asks for no account: the link in a message."""

from django.urls import path

from steward.desk.oncall.answer import answer

urlpatterns = [path("oncall/answer/<str:key>/", answer, name="oncall.answer")]
