# SPDX-License-Identifier: Apache-2.0
"""Steps between a proof and a session, where ours differ from allauth's."""

from typing import Final

from allauth.mfa.stages import AuthenticateStage
from django.http import HttpRequest

BY_PROVIDER: Final = "steward_factor_by_provider"


class SecondFactor(AuthenticateStage):  # type: ignore[misc]  # allauth carries no types
    """Asks for the second factor, unless the person's provider saw one and the operator said that it counts."""

    def _should_handle(self, request: HttpRequest) -> bool:
        return not self.login.state.get(BY_PROVIDER) and bool(super()._should_handle(request))
