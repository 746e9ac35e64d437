# SPDX-License-Identifier: Apache-2.0
"""What is watched on whose machines, and when it counts as trouble.

Decides which checks an agent runs, which rules hold for which asset, and when a rule speaks. Does not decide what becomes of
trouble (`watch.alerts`), nor how a check looks (`steward_agent.checks`): the server itself never connects to what is checked."""
