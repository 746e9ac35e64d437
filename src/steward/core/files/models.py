# SPDX-License-Identifier: Apache-2.0
from django.db import models
from django.db.models import Q

from steward.core.identity.public import User
from steward.core.tenancy.public import ClientModel, UuidV7


class StoredFile(ClientModel):
    """A file somebody handed in. Several may share one content, which goes when the last of them went."""

    uid = models.UUIDField(unique=True, editable=False, db_default=UuidV7())
    kind = models.CharField(max_length=64)
    name = models.CharField(max_length=160)
    content_type = models.CharField(max_length=100)
    size = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(size__gt=0), name="file_not_empty")]
        indexes = [models.Index(fields=["client", "sha256"], name="file_content")]

    def __str__(self) -> str:
        return self.name
