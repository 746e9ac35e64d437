# SPDX-License-Identifier: Apache-2.0
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models.functions import Now

from steward.core.tenancy.public import ClientOrMspModel


class SearchDocument(ClientOrMspModel):
    """What search knows of one record. Without a client it belongs to the MSP, and only those who see all clients find it."""

    kind = models.CharField(max_length=64)
    record_uid = models.UUIDField()
    title = models.CharField(max_length=300)
    detail = models.CharField(max_length=300, blank=True)
    words = SearchVectorField()
    indexed_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["client", "kind", "record_uid"], name="search_document_once", nulls_distinct=False
            )
        ]
        indexes = [
            GinIndex(fields=["words"], name="search_words", fastupdate=False),
            models.Index(fields=["kind", "record_uid"], name="search_record"),
        ]

    def __str__(self) -> str:
        return self.title
