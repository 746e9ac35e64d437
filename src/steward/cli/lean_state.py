# SPDX-License-Identifier: Apache-2.0
"""The state that migrations walk through, without drawing again what a step does not change.

Django draws a model and every model related to it anew for each new model, index and constraint, and here every model is
related to its client: on a fresh ledger that was most of the time of a first start. A class holds its indexes and constraints
in a list of its options and nowhere else, and a new class makes itself known to those it points to.
"""

from collections.abc import Callable
from typing import Any

from django.db.migrations.state import ModelState, ProjectState


class LeanState(ProjectState):
    """A `ProjectState` whose drawn classes stay when a model joins them, or their indexes and constraints change."""

    @classmethod
    def of(cls, state: ProjectState) -> "LeanState":
        """A copy of `state`, which has drawn nothing yet."""
        return cls({key: model.clone() for key, model in state.models.items()}, real_apps=state.real_apps)

    def add_model(self, model_state: ModelState) -> None:
        drawn = self.__dict__.pop("apps", None)
        super().add_model(model_state)
        if drawn is not None:
            self.__dict__["apps"] = drawn
            drawn.render_multiple([model_state])

    def _append_option(self, app_label: str, model_name: str, option_name: str, obj: Any) -> None:
        self._change(app_label, model_name, option_name, lambda held: [*held, obj])

    def _remove_option(self, app_label: str, model_name: str, option_name: str, obj_name: str) -> None:
        self._change(app_label, model_name, option_name, lambda held: [each for each in held if each.name != obj_name])

    def _change(
        self, app_label: str, model_name: str, option_name: str, change: Callable[[list[Any]], list[Any]]
    ) -> None:
        options = self.models[app_label, model_name].options
        options[option_name] = change(options[option_name])
        if "apps" in self.__dict__:  # asking for them would draw them
            drawn = self.apps.get_model(app_label, model_name)._meta
            setattr(drawn, option_name, change(getattr(drawn, option_name)))
