# SPDX-License-Identifier: Apache-2.0
"""Why a plugin was not content, or was not run."""

from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

NAME: Final = _("Monitoring plugin")
SAYINGS: Final[Mapping[str, Promise]] = {
    "plugin_warning": _("The plugin warns: %(text)s"),
    "plugin_critical": _("The plugin says critical: %(text)s"),
    "plugin_unknown": _("The plugin does not know: %(text)s"),
    "plugin_broken": _("The plugin ended with %(code)s, which means nothing: %(text)s"),
    "plugin_forbidden": _(
        "The machine's owner has not allowed the plugin %(plugin)s: name its folder and the plugin under [plugins] in "
        "agent.toml, and start the agent anew"
    ),
    "plugin_missing": _("None of the allowed folders has the plugin %(plugin)s: install it there"),
    "plugin_unsafe": _(
        "The plugin %(plugin)s is not run, since others could have changed %(path)s: give it to root, writable by "
        "nobody else"
    ),
    "plugin_output": _("The plugin printed more than %(limit)s bytes, and was ended"),
}
