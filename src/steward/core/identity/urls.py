# SPDX-License-Identifier: Apache-2.0
"""Sign-in, password, second factor and sessions, as allauth brings them; mounted under `/accounts/`."""

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [path("accounts/", include("allauth.urls"))]
