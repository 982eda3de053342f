"""Bindings in SQL. A record is held by its row, which is there before anything else of it is stored."""

import uuid
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlalchemy.dialects import postgresql, sqlite

from gateway.adapters.db.column_types import storable
from gateway.adapters.db.erp.erp_tables import erp_binding
from gateway.adapters.db.payments.mapping import AnyRow
from gateway.adapters.db.statements import Statements
from gateway.domain.erp.binding import Binding, MasterKind, RecordVersion
from gateway.domain.errors import RuleError
from gateway.ports.erp_store import Place

_OF_KIND = (
    erp_binding.c.tenant_id == bindparam("tenant"),
    erp_binding.c.store_id == bindparam("store"),
    erp_binding.c.account == bindparam("of_account"),
    erp_binding.c.kind == bindparam("of_kind"),
)
_ONE = (*_OF_KIND, erp_binding.c.erp_id == bindparam("of_erp_id"))
_ENSURE = {
    False: sqlite.insert(erp_binding).on_conflict_do_nothing(),
    True: postgresql.insert(erp_binding).on_conflict_do_nothing(),
}
# Changes nothing, and holds the row until the commit on PostgreSQL; SQLite has one writer.
_HOLD = update(erp_binding).where(*_ONE).values(kind=erp_binding.c.kind).returning(*erp_binding.c)
_FIND = select(erp_binding).where(*_ONE)
_OTHER = select(erp_binding.c.erp_id).where(
    *_OF_KIND, erp_binding.c.our_id == bindparam("of_our_id"), erp_binding.c.erp_id != bindparam("of_erp_id")
)
_OF_OURS = select(erp_binding.c.erp_id).where(*_OF_KIND, erp_binding.c.our_id == bindparam("of_our_id"))
_BIND = (
    update(erp_binding)
    .where(*_ONE)
    .values({name: bindparam(f"new_{name}") for name in ("our_id", "version", "revision", "digest", "taken_at")})
)


class SqlErpBindings:
    """Bindings; see ``ErpBindings``."""

    __slots__ = ("_statements",)

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    def find(self, place: Place, account: str, kind: MasterKind, erp_id: str) -> Binding | None:
        """Return the binding of an ERP's record."""
        return _binding_of(self._statements.first(_FIND, _key(place, account, kind, erp_id)))

    def hold(self, place: Place, account: str, kind: MasterKind, erp_id: str) -> Binding | None:
        """As :meth:`find`; until the unit ends nobody else holds this record. A unit that holds one binds it."""
        row: dict[str, Any] = {"tenant_id": place[0], "store_id": place[1], "account": account, "kind": kind.value}
        row |= {"erp_id": storable(erp_id), "our_id": None, "version": "", "revision": None, "digest": ""}
        self._statements.change(_ENSURE[self._statements.postgresql], row | {"taken_at": None})
        return _binding_of(self._statements.first(_HOLD, _key(place, account, kind, erp_id)))

    def bind(self, place: Place, binding: Binding) -> None:
        """Store a binding that is held, in place of the one before."""
        key = _key(place, binding.account, binding.kind, binding.erp_id)
        other = self._statements.first(_OTHER, key | {"of_our_id": binding.our_id})
        if other is not None:
            message = f"This is the record {other.erp_id!r} of the same ERP already."
            raise RuleError("record_bound_twice", message, "Join the two in the ERP, or give one another number.")
        told: dict[str, Any] = {
            "new_our_id": binding.our_id,
            "new_version": storable(binding.version.text),
            "new_revision": binding.version.revision,
            "new_digest": binding.digest,
            "new_taken_at": binding.taken_at,
        }
        self._statements.change(_BIND, key | told)

    def of_ours(self, place: Place, account: str, kind: MasterKind, our_id: uuid.UUID) -> str:
        """Return the ERP's id of a record of ours; empty where the ERP has not told of it."""
        wish = {"tenant": place[0], "store": place[1], "of_account": account, "of_kind": kind.value}
        row = self._statements.first(_OF_OURS, wish | {"of_our_id": our_id})
        return "" if row is None else str(row.erp_id)


def _key(place: Place, account: str, kind: MasterKind, erp_id: str) -> dict[str, Any]:
    key = {"tenant": place[0], "store": place[1], "of_account": account, "of_kind": kind.value}
    return key | {"of_erp_id": storable(erp_id)}


def _binding_of(row: AnyRow | None) -> Binding | None:
    if row is None or row.our_id is None:
        return None
    return Binding(
        account=row.account,
        kind=MasterKind(row.kind),
        erp_id=row.erp_id,
        our_id=row.our_id,
        version=RecordVersion(row.version, row.revision),
        digest=row.digest,
        taken_at=row.taken_at,
    )
