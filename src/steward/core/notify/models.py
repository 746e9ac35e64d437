# SPDX-License-Identifier: Apache-2.0
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from steward.core.identity.public import User
from steward.core.tenancy.public import ClientOrMspModel, UuidV7


class MailIdentity(ClientOrMspModel):
    """Who mail comes from, for one client, or for everything else when there is no client."""

    uid = models.UUIDField(unique=True, editable=False, db_default=UuidV7())
    name = models.CharField(max_length=120, blank=True)
    address = models.EmailField(max_length=254)
    reply_to = models.EmailField(
        max_length=254, blank=True, help_text="Answers come here, with a token after a plus sign."
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["client"], name="mail_identity_once", nulls_distinct=False)]


class Channel(ClientOrMspModel):
    """An outside service that can be told: a chat room, a paging service. Its address holds a secret and is sealed."""

    uid = models.UUIDField(unique=True, editable=False, db_default=UuidV7())
    name = models.CharField(max_length=80)
    service = models.CharField(max_length=40, help_text="The first part of its address, such as slack or mailto.")
    sealed_url = models.TextField()
    enabled = models.BooleanField(default=True)
    fallback = models.BooleanField(default=False, help_text="Told of urgent messages whose mail failed.")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["client", "name"], name="channel_name_once", nulls_distinct=False)
        ]

    def __str__(self) -> str:
        return self.name


class Notice(ClientOrMspModel):
    """One message to one recipient: its kind and parameters, never its words, which are made when it is read or sent."""

    uid = models.UUIDField(unique=True, editable=False, db_default=UuidV7())
    kind = models.CharField(max_length=80)
    params = models.JSONField(default=dict)
    person = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    address = models.CharField(
        max_length=254, blank=True, help_text="Of somebody who is no person here; blanked after a while."
    )
    address_name = models.CharField(max_length=120, blank=True)
    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    language = models.CharField(max_length=10)
    timezone = models.CharField(max_length=64, default="UTC")
    sealed = models.TextField(
        blank=True, help_text="Words that hold a secret, such as a link to set a password; gone once sent."
    )
    reply_token = models.CharField(max_length=32, blank=True)
    references = models.TextField(
        blank=True, db_default="", help_text="Message-IDs of the conversation before, the latest last."
    )
    automatic = models.BooleanField(default=True, db_default=True, help_text="Written by a machine, not by a person.")
    files = models.TextField(
        blank=True, db_default="", help_text="Identifiers of the stored files that go with it as a mail."
    )
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [models.Index(fields=["client", "-created_at"], name="notice_latest")]


class Delivery(ClientOrMspModel):
    """One message by one way."""

    class State(models.TextChoices):
        QUEUED = "queued"
        HELD = "held"  # the recipient has quiet hours
        SENT = "sent"
        BOUNCED = "bounced"  # the recipient's server will not have it
        NO_CHANNEL = "no_channel"  # there is nothing to send it with
        FAILED = "failed"  # all attempts were in vain
        EXPIRED = "expired"  # too old to be of use

    uid = models.UUIDField(unique=True, editable=False, db_default=UuidV7())
    notice = models.ForeignKey(Notice, on_delete=models.PROTECT, related_name="deliveries")
    way = models.CharField(max_length=10)
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    message_id = models.CharField(max_length=200, blank=True)
    attempts = models.IntegerField(default=0)
    created_at = models.DateTimeField(db_default=Now())
    held_until = models.DateTimeField(null=True, blank=True, help_text="The end of the recipient's quiet hours.")
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["client", "notice", "way"], name="delivery_once", nulls_distinct=False)
        ]
        indexes = [
            models.Index(fields=["client", "-created_at"], name="delivery_latest"),
            models.Index(
                fields=["created_at"], name="delivery_waiting", condition=Q(state__in=("queued", "no_channel"))
            ),
            models.Index(fields=["held_until"], name="delivery_held", condition=Q(state="held")),
        ]


class Attempt(ClientOrMspModel):
    """One try to hand a message over, and what the other side said."""

    delivery = models.ForeignKey(Delivery, on_delete=models.PROTECT, related_name="tries")
    number = models.IntegerField()
    at = models.DateTimeField(db_default=Now())
    outcome = models.CharField(max_length=12)
    answer = models.CharField(max_length=300, blank=True, help_text="The other side's own words.")
    code = models.CharField(max_length=20, blank=True, help_text="What we say of it ourselves, with `params`.")
    params = models.JSONField(default=dict)
    milliseconds = models.IntegerField(default=0)

    class Meta:
        indexes = [models.Index(fields=["delivery", "number"], name="attempt_order")]


class InboxItem(models.Model):
    """A message in the console of one person, who alone reads it."""

    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    uid = models.UUIDField(unique=True, editable=False, db_default=UuidV7())
    kind = models.CharField(max_length=80)
    params = models.JSONField(default=dict)
    at = models.DateTimeField(db_default=Now())
    read_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["person", "-at"], name="inbox_latest"),
            models.Index(fields=["person"], name="inbox_unread", condition=Q(read_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return self.kind


class BouncedAddress(models.Model):
    """An address whose server refused it for good, by its hash. Cleared by a mail that gets through, or by hand."""

    address_hash = models.CharField(max_length=64, primary_key=True)
    at = models.DateTimeField(db_default=Now())
    answer = models.CharField(max_length=300, blank=True)


class Wishes(models.Model):
    """How one person wants to be told outside the console: by which ways, in which language, and when not.

    `ways` holds, for each kind of message that was chosen, the ways besides the console; a kind that is left out goes as it
    was declared. The address of the person's own channel holds a secret and is sealed."""

    person = models.OneToOneField(User, on_delete=models.CASCADE, primary_key=True, related_name="+")
    language = models.CharField(max_length=10, blank=True, help_text="Of mail; empty: that of the profile.")
    quiet_from = models.TimeField(null=True, blank=True, help_text="By the wall clock of the person's zone.")
    quiet_to = models.TimeField(null=True, blank=True)
    ways = models.JSONField(default=dict)
    service = models.CharField(max_length=40, blank=True)
    sealed_url = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(quiet_from__isnull=True, quiet_to__isnull=True)
                | Q(quiet_from__isnull=False, quiet_to__isnull=False),
                name="wishes_quiet_hours_have_two_ends",
            )
        ]
