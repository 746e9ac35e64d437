# SPDX-License-Identifier: Apache-2.0
from typing import Any

from django.db import connection, models

from steward.core.tenancy.public import ALL, OutsideTransaction, current_scope


class EntryManager(models.Manager["Entry"]):
    """Reads within the scope. Rows that belong to no client are seen by who sees all of them."""

    def get_queryset(self) -> models.QuerySet["Entry"]:
        clients = current_scope().clients
        if not connection.in_atomic_block:
            raise OutsideTransaction("The audit is read inside transaction.atomic().")
        found = super().get_queryset()
        return found if clients is ALL else found.filter(client_id__in=clients)


class Entry(models.Model):
    """One thing that somebody did. Written by `audit()` alone; nobody changes it."""

    id = models.UUIDField(primary_key=True)
    at = models.DateTimeField()
    actor_kind = models.TextField()
    actor_id = models.BigIntegerField(null=True)
    actor_name = models.TextField(null=True)
    client_id = models.BigIntegerField(null=True)
    kind = models.TextField()
    record_kind = models.TextField(null=True)
    record_id = models.TextField(null=True)
    params = models.JSONField()
    request_id = models.TextField(null=True)

    objects = EntryManager()

    class Meta:
        managed = False
        db_table = 'audit"."entry'
        ordering = ["-id"]

    def save(self, *args: Any, **kwargs: Any) -> None:
        raise TypeError("audit entries are written by audit() and never changed")

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise TypeError("audit entries are never deleted")


class Anchor(models.Model):
    """The chain's head at a time, signed, on its way off the machine: one row a target."""

    class State(models.TextChoices):
        KEPT = "kept"  # on this machine alone, since no target is set
        PENDING = "pending"
        DELIVERED = "delivered"
        FAILED = "failed"

    seq = models.BigIntegerField()
    hash = models.CharField(max_length=64)
    at = models.DateTimeField()
    signature = models.CharField(max_length=88)
    target = models.CharField(max_length=300, blank=True)
    state = models.CharField(max_length=9, choices=State.choices)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=300, blank=True)
    delivered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["-at"], name="anchor_newest")]
