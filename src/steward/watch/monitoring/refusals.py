# SPDX-License-Identifier: Apache-2.0
"""Why a configuration of a check was not taken, in the reader's language: what the agent's reader of it says, as a remedy."""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from django.utils.translation import gettext as _
from steward_agent.checks.registry import BadConfig

_NUMBER: Final = r"(-?[\d.]+)"
_SAID: Final[tuple[tuple[re.Pattern[str], Callable[[str], str]], ...]] = tuple(
    (re.compile(pattern), words)
    for pattern, words in (
        (rf"Expected `(?:int|float)[^`]*` >=? {_NUMBER}", lambda n: _("Give a number of at least %(n)s.") % {"n": n}),
        (rf"Expected `(?:int|float)[^`]*` <=? {_NUMBER}", lambda n: _("Give a number of at most %(n)s.") % {"n": n}),
        (rf"Expected `str[^`]*` of length <= {_NUMBER}", lambda n: _("Use at most %(n)s characters.") % {"n": n}),
        (rf"Expected `str[^`]*` of length >= {_NUMBER}", lambda n: _("Use at least %(n)s characters.") % {"n": n}),
        (rf"Expected `array[^`]*` of length <= {_NUMBER}", lambda n: _("Give at most %(n)s values.") % {"n": n}),
        (r"Expected `int[^`]*`(?:, got| matching)()", lambda _n: _("Give a whole number.")),
        (r"Expected `float[^`]*`(?:, got| matching)()", lambda _n: _("Give a number.")),
        (r"Object missing required field()", lambda _n: _("This is needed.")),
        (r"Invalid enum value()", lambda _n: _("Choose one of the values offered.")),
    )
)


def refusal_words(bad: BadConfig, schema: Mapping[str, Any]) -> str:
    """The remedy; where only a pattern tells what is wrong, what the field is for."""
    for pattern, words in _SAID:
        found = pattern.match(bad.reason)
        if found is not None:
            return words(found[1])
    if "matching regex" not in bad.reason:
        return bad.reason
    about = schema["properties"].get(root_of(bad.field), {}).get("description", "")
    return (
        _("This can't be read. What is asked for: %(about)s.") % {"about": about.rstrip(".")}
        if about
        else _("This can't be read.")
    )


def root_of(field: str) -> str:
    """The field of a form that a part of a configuration belongs to: `expect` for `expect[...]`."""
    return re.split(r"[.\[]", field, maxsplit=1)[0]
