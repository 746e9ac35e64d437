# SPDX-License-Identifier: Apache-2.0
from django.db.backends.postgresql import base
from psycopg.pq import TransactionStatus

from steward.core.tenancy import scope as scopes

APP_ROLE = "app"


class DatabaseWrapper(base.DatabaseWrapper):
    """Sets `steward.scope` (and the role, for every client) with SET LOCAL at the begin of each transaction.

    A middleware can't: ATOMIC_REQUESTS wraps the view alone, and jobs and commands have no middleware.
    """

    def _set_autocommit(self, autocommit: bool) -> None:
        super()._set_autocommit(autocommit)  # type: ignore[misc]  # the stubs leave Django's private hook out
        if not autocommit:
            self.apply_scope()

    def apply_scope(self) -> None:
        """Tell the open transaction which clients it may see; none when no scope is open."""
        if self.connection.info.transaction_status == TransactionStatus.INERROR:
            # Nothing can be told to a transaction that failed, and the error on its way up must not be covered.
            return
        scope = scopes.current_scope_or_none()
        everything = scope is not None and scope.clients is scopes.ALL
        if self.settings_dict.get("STEWARD_ROLE") == APP_ROLE:
            # "All clients" is a role with a policy of its own: an OR in the policy would cost the index on client_id.
            value = "" if everything else _array(scope)
            self._tell(
                "select set_config('steward.scope', %s, true), set_config('role', %s, true)",
                [value, "steward_all" if everything else "none"],
            )
        else:
            self._tell("select set_config('steward.scope', %s, true)", ["all" if everything else _array(scope)])

    def _tell(self, sql: str, params: list[str]) -> None:
        # Past Django's wrappers: neither the guard nor the query log is meant for this statement.
        with self.connection.cursor() as cursor:
            cursor.execute(sql, params)


def _array(scope: scopes.Scope | None) -> str:
    if scope is None or scope.clients is scopes.ALL:
        return "{}"
    return "{" + ",".join(str(int(each)) for each in sorted(scope.clients)) + "}"
