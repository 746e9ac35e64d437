# SPDX-License-Identifier: Apache-2.0
"""What the agent says to a person when it can't go on."""


class AgentError(Exception):
    """One line: what is wrong, and what to do about it."""

    def __init__(self, wrong: str, remedy: str) -> None:
        super().__init__(f"{wrong}: {remedy}")
        self.wrong = wrong
        self.remedy = remedy
