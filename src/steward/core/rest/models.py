# SPDX-License-Identifier: Apache-2.0
from django.db import models


class IdempotencyKey(models.Model):
    """The answer that was given to a request with an Idempotency-Key. Written in the transaction of the effect itself, so after
    a crash both are there or neither."""

    actor = models.CharField(max_length=40)
    route = models.CharField(max_length=200)
    key = models.CharField(max_length=128)
    request_hash = models.CharField(max_length=64)
    status = models.SmallIntegerField(null=True)
    content_type = models.CharField(max_length=100, default="")
    answer = models.TextField(default="")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["actor", "route", "key"], name="idempotency_key_once")]
        indexes = [models.Index(fields=["created_at"], name="idempotency_key_age")]

    def __str__(self) -> str:
        return f"{self.actor} {self.route}"
