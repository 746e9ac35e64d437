# SPDX-License-Identifier: Apache-2.0
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from steward.core.access.roles import Role
from steward.core.identity.public import User
from steward.core.tenancy.public import Client, UuidV7


class RoleAssignment(models.Model):
    """A person holds a role. Which permissions that gives is declared in code, by each room."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    role = models.CharField(max_length=24, choices=[(role.value, role.value) for role in Role])
    given_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "role"], name="role_once_per_person"),
            models.CheckConstraint(condition=Q(role__in=[role.value for role in Role]), name="role_known"),
        ]


class StaffClient(models.Model):
    """A client that was chosen for a member of staff who does not see all of them."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "client"], name="staff_client_once")]


class ApiToken(models.Model):
    """A personal key to the API: some of its owner's permissions, for some of their clients. Only a hash is kept."""

    uid = models.UUIDField(unique=True, editable=False, db_default=UuidV7())
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=80)
    hash = models.CharField(max_length=64, unique=True, editable=False)
    hint = models.CharField(max_length=12, editable=False, help_text="The first characters, to tell tokens apart.")
    permissions = ArrayField(models.CharField(max_length=64))
    clients = ArrayField(
        models.BigIntegerField(), null=True, blank=True, help_text="None: every client its owner may see."
    )
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.name
