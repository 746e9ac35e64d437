# SPDX-License-Identifier: Apache-2.0
from django.db import models
from django.db.models.functions import Now
from procrastinate.contrib.django.models import ProcrastinateJob

from steward.core.identity.public import User


class OnceKey(models.Model):
    """Something was done, in the transaction that did it."""

    key = models.CharField(max_length=200, primary_key=True)
    at = models.DateTimeField(db_default=Now())


class JobFailure(models.Model):
    """What is known of a job's last failure. The job itself says whether it is tried again, recovered or dead."""

    # The queue deletes its own rows, and a note may outlive its job: no constraint in the database.
    job = models.OneToOneField(
        ProcrastinateJob, on_delete=models.DO_NOTHING, primary_key=True, db_constraint=False, related_name="+"
    )
    task = models.CharField(max_length=128)
    attempts = models.IntegerField(default=0)
    crashes = models.IntegerField(default=0, help_text="How often a worker died over it.")
    error = models.CharField(max_length=160)
    place = models.CharField(max_length=200, blank=True)
    message = models.CharField(max_length=500, blank=True)
    at = models.DateTimeField(db_default=Now())
    dropped_at = models.DateTimeField(null=True, blank=True)
    dropped_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    reason = models.CharField(max_length=300, blank=True)

    class Meta:
        indexes = [models.Index(fields=["-at"], name="jobfailure_latest")]

    def __str__(self) -> str:
        return f"{self.task}: {self.error}"
