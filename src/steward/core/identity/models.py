# SPDX-License-Identifier: Apache-2.0
from collections.abc import Iterator
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.crypto import salted_hmac

from steward.core.tenancy.public import Client, UuidV7


def fold_email(text: str) -> str:
    """An address as it is kept and compared: without surrounding space, in lower case."""
    return text.strip().lower()


class UserManager(BaseUserManager["User"]):
    """Makes persons; addresses are folded on the way in and when looked up."""

    def create_user(self, email: str, *, side: str, password: str | None = None, **fields: Any) -> "User":
        """A new person. Without a password nobody can sign in by one until it has been set by mail."""
        person = self.model(email=fold_email(email), side=side, **fields)
        person.set_password(password)
        person.save(using=self._db)
        return person

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email=fold_email(username or ""))


class User(AbstractBaseUser):
    """A person: of the MSP's staff, or of one client. Everything personal is in this row, so that erasing blanks one row."""

    class Side(models.TextChoices):
        STAFF = "staff"
        CLIENT = "client"

    uid = models.UUIDField(unique=True, editable=False, db_default=UuidV7())
    email = models.EmailField(max_length=254, unique=True)
    name = models.CharField(max_length=120, blank=True)
    side = models.CharField(max_length=6, choices=Side.choices)
    client = models.ForeignKey(Client, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    all_clients = models.BooleanField(
        default=False, help_text="Staff who see every client; others see those chosen for them."
    )
    language = models.CharField(max_length=10, default="en")
    timezone = models.CharField(max_length=64, default="UTC")
    is_active = models.BooleanField(default=True)
    must_change_password = models.BooleanField(default=False)
    sessions_round = models.PositiveIntegerField(default=0, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    erased_at = models.DateTimeField(null=True, blank=True, editable=False)

    # Django's and allauth's own notions of power; here it comes from roles alone.
    is_staff = False
    is_superuser = False

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects: ClassVar[UserManager] = UserManager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(side="staff", client__isnull=True)
                | Q(side="client", client__isnull=False, all_clients=False),
                name="user_client_side_has_a_client",
            ),
            models.CheckConstraint(condition=Q(email=Lower("email")), name="user_email_folded"),
        ]

    def __str__(self) -> str:
        return self.name or self.email

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name

    def has_perm(self, _perm: str, _obj: object = None) -> bool:
        """Always no: permissions are asked of the actor (`core.access`), never of Django's tables."""
        return False

    def get_session_auth_hash(self) -> str:
        """Bound into every session: a new password, or a new round, ends all of them at once."""
        return self._session_hash(None)

    def get_session_auth_fallback_hash(self) -> Iterator[str]:
        for secret in settings.SECRET_KEY_FALLBACKS:
            yield self._session_hash(secret)

    def _session_hash(self, secret: str | bytes | None) -> str:
        value = f"{self.sessions_round}:{self.password}"
        return salted_hmac("steward.identity.session", value, secret=secret, algorithm="sha256").hexdigest()

    @property
    def of_staff(self) -> bool:
        """Whether this person works for the MSP."""
        return self.side == self.Side.STAFF


class OidcProvider(models.Model):
    """Somebody who says who signs in here (OpenID Connect). The issuer stays: it is half of every identity that hangs on it."""

    uid = models.UUIDField(unique=True, editable=False, db_default=UuidV7())
    name = models.CharField(max_length=60, unique=True, help_text="What stands on the button.")
    issuer = models.CharField(max_length=255, unique=True)
    client_id = models.CharField(max_length=255)
    sealed_secret = models.TextField()
    enabled = models.BooleanField(default=True)
    factor_means = models.JSONField(
        default=list, help_text="Values of amr or acr that count as a second factor; empty: ours is asked for."
    )
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name


class ExternalIdentity(models.Model):
    """That a subject of a provider is this person. Made by the person, who was signed in; never from an e-mail address."""

    uid = models.UUIDField(unique=True, editable=False, db_default=UuidV7())
    provider = models.ForeignKey(OidcProvider, on_delete=models.PROTECT, related_name="identities")
    subject = models.CharField(max_length=255)
    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="identities")
    linked_at = models.DateTimeField(auto_now_add=True)
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["provider", "subject"], name="external_identity_once"),
            models.UniqueConstraint(fields=["provider", "person"], name="external_identity_one_a_person"),
        ]
