# SPDX-License-Identifier: Apache-2.0
from collections.abc import Iterable
from typing import Any, ClassVar, Self, TypeVar

from django.db import models
from django.db.models import Func, Q
from django.db.models.functions import Lower

from steward.core.tenancy.scope import ALL, current_scope

T = TypeVar("T", bound=models.Model)


class UuidV7(Func):
    """PostgreSQL's own time-ordered identifier."""

    function = "uuidv7"
    arity = 0
    output_field = models.UUIDField()


class ForeignClient(ValueError):
    """A row of one client was about to point to, or be written for, another."""


class ScopedQuerySet(models.QuerySet[T]):
    """A QuerySet that was born filtered by the scope."""


class ScopedManager(models.Manager[T]):
    """Raises NoScope without a scope, and filters by it. `column` names the client's key."""

    def __init__(self, column: str = "client_id") -> None:
        super().__init__()
        self.column = column

    def get_queryset(self) -> models.QuerySet[T]:
        clients = current_scope().clients
        found: models.QuerySet[T] = ScopedQuerySet(self.model, using=self._db)
        if clients is ALL:
            return found
        if len(clients) == 1:
            return found.filter(**{self.column: next(iter(clients))})
        return found.filter(**{f"{self.column}__in": clients})


class Client(models.Model):
    """An organisation whose IT the MSP looks after: the tenant. What is known about it lies in `estate.clients`."""

    client_owned = True

    class State(models.TextChoices):
        ACTIVE = "active"
        ARCHIVED = "archived"

    uid = models.UUIDField(unique=True, editable=False, db_default=UuidV7())
    slug = models.SlugField(max_length=40)
    name = models.CharField(max_length=120)
    state = models.CharField(max_length=12, choices=State.choices, default=State.ACTIVE)
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[ScopedManager[Self]] = ScopedManager("id")

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("slug"), name="client_slug_once"),
            models.CheckConstraint(condition=Q(state__in=("active", "archived")), name="client_state_known"),
        ]
        ordering = [Lower("name"), "id"]

    def __str__(self) -> str:
        return self.name


class ClientModel(models.Model):
    """A row that belongs to one client."""

    client_owned = True

    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="+")
    client_id: int

    objects: ClassVar[ScopedManager[Self]] = ScopedManager()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not current_scope().allows(self.client_id):
            raise ForeignClient(f"{self._meta.label}: client {self.client_id} is outside the scope.")
        self._refuse_foreign_keys()
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        if not current_scope().allows(self.client_id):
            raise ForeignClient(f"{self._meta.label}: client {self.client_id} is outside the scope.")
        return super().delete(*args, **kwargs)

    def _refuse_foreign_keys(self) -> None:
        # Keys whose rows are not loaded are left to the composite foreign keys of the database.
        for field in self._meta.concrete_fields:
            related = field.related_model
            if not (isinstance(related, type) and issubclass(related, ClientModel)):
                continue
            target = self._state.fields_cache.get(field.name)
            if target is not None and target.client_id != self.client_id:
                raise ForeignClient(f"{self._meta.label}.{field.name} points to a row of another client.")


class ClientOrMspModel(ClientModel):
    """A row that belongs to one client, or without one to the MSP: then only those who see every client see it."""

    client = models.ForeignKey(Client, on_delete=models.PROTECT, null=True, blank=True, related_name="+")  # type: ignore[assignment]  # widened on purpose

    class Meta:
        abstract = True


def client_models() -> Iterable[type[models.Model]]:
    """Every concrete model whose rows belong to a client, `Client` itself included."""
    seen: list[type[models.Model]] = [Client]
    queue: list[type[models.Model]] = list(ClientModel.__subclasses__())
    while queue:
        model = queue.pop()
        queue.extend(model.__subclasses__())
        if not model._meta.abstract:
            seen.append(model)
    return seen
