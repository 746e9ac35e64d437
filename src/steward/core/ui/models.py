# SPDX-License-Identifier: Apache-2.0
from django.conf import settings
from django.db import models

from steward.core.tenancy.public import UuidV7


class SavedView(models.Model):
    """What a person asked of a table, under a name: for themselves, or shared with all of the staff."""

    uid = models.UUIDField(unique=True, editable=False, db_default=UuidV7())
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    table = models.CharField(max_length=80)
    name = models.CharField(max_length=40)
    shared = models.BooleanField(default=False)
    state = models.JSONField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["owner", "table", "name"], name="saved_view_name_once")]
        indexes = [models.Index(fields=["table", "shared"], name="saved_view_by_table")]

    def __str__(self) -> str:
        return self.name


class Draft(models.Model):
    """What a person has typed into a form and not yet sent, so that nothing is lost. Never a password: such fields are left out."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    form = models.CharField(max_length=200)
    values = models.JSONField()
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["owner", "form"], name="draft_once_per_form")]

    def __str__(self) -> str:
        return self.form
