# SPDX-License-Identifier: Apache-2.0
"""What somebody who is signed in still has to do before they may go on."""

from enum import StrEnum

from steward.core.identity.public import User, has_second_factor


class Step(StrEnum):
    """A step of sign-in that is missing."""

    PASSWORD = "password"  # noqa: S105 — the name of a step
    SECOND_FACTOR = "second_factor"


def missing_step(person: User) -> Step | None:
    """The next step that `person` has to take: a password of their own in place of the one they were given; for staff a
    second factor. None when they may go on."""
    if person.must_change_password:
        return Step.PASSWORD
    if person.of_staff and not has_second_factor(person):
        return Step.SECOND_FACTOR
    return None
