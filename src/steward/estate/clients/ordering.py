# SPDX-License-Identifier: Apache-2.0
"""What comes first."""

from django.db.models import Case, IntegerField, Value, When

from steward.estate.clients.models import Criticality


def by_criticality(field: str = "criticality") -> Case:
    """An order in which what is critical comes first."""
    ranks = [When(**{field: value}, then=Value(rank)) for rank, value in enumerate(Criticality.values)]
    return Case(*ranks, default=Value(len(ranks)), output_field=IntegerField())
