# SPDX-License-Identifier: Apache-2.0
"""The door of sla."""

from steward.promises.sla.actions import clock_keep
from steward.promises.sla.actions.calendars import starting
from steward.promises.sla.actions.usual import usual_policy
from steward.promises.sla.clock import Reading, State, read
from steward.promises.sla.document import Document, Fault, parse
from steward.promises.sla.drawing import KINDS, FullClock, PromiseBar, bar_of, clock_of, length_words
from steward.promises.sla.events import PromiseBroken, ThresholdReached
from steward.promises.sla.explain import as_json, explained, lines
from steward.promises.sla.models import PRIORITIES, Obligation, SlaPolicy, SlaPolicyVersion, ThresholdPassed
from steward.promises.sla.policy import Kind, Policy
from steward.promises.sla.promised import Promised, promises_of
from steward.promises.sla.queries import at_risk, obligations_of, policies_in_use, version_at
from steward.promises.sla.registry import (
    NoConfig,
    Standing,
    register_pausing_statuses,
    register_subject,
    register_threshold_action,
)
from steward.promises.sla.stored import policies_values, policy_values
from steward.promises.sla.timeline import Event, Segment
from steward.promises.sla.verifying import Difference, Verified, verify

__all__ = [
    "KINDS",
    "PRIORITIES",
    "Difference",
    "Document",
    "Event",
    "Fault",
    "FullClock",
    "Kind",
    "NoConfig",
    "Obligation",
    "Policy",
    "PromiseBar",
    "PromiseBroken",
    "Promised",
    "Reading",
    "Segment",
    "SlaPolicy",
    "SlaPolicyVersion",
    "Standing",
    "State",
    "ThresholdPassed",
    "ThresholdReached",
    "Verified",
    "as_json",
    "at_risk",
    "bar_of",
    "clock_keep",
    "clock_of",
    "explained",
    "length_words",
    "lines",
    "obligations_of",
    "parse",
    "policies_in_use",
    "policies_values",
    "policy_values",
    "promises_of",
    "read",
    "register_pausing_statuses",
    "register_subject",
    "register_threshold_action",
    "starting",
    "usual_policy",
    "verify",
    "version_at",
]
