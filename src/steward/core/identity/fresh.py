# SPDX-License-Identifier: Apache-2.0
"""Whether somebody showed lately that it is them: asked before what outlives the session, such as a personal token."""

from allauth.account.adapter import get_adapter
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import urlencode


def proof_needed(request: HttpRequest) -> HttpResponse | None:
    """The way to the page that asks for it, and from there back to this one; None while the last proof is fresh."""
    if not get_adapter().is_reauthentication_required(app="account"):
        return None
    address = f"{reverse('account_reauthenticate')}?{urlencode({REDIRECT_FIELD_NAME: request.path})}"
    if "HX-Request" in request.headers:
        return HttpResponse(status=401, headers={"HX-Redirect": address})
    return HttpResponseRedirect(address)
