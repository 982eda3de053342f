# ruff: noqa: S608  # the statement is put together from names of our own tables; values are always bound
"""Approvals and signs in SQL; many payables in few statements."""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Table, TextClause, and_, bindparam, insert, select, text

from gateway.adapters.db.among import among
from gateway.adapters.db.column_types import storable
from gateway.adapters.db.payables.approval_rule_store import SqlApprovalRules
from gateway.adapters.db.payables.approval_tables import (
    approval_standing,
    payable_approval,
    payable_sign,
    payable_sign_clearing,
)
from gateway.adapters.db.payables.approval_talk_store import SqlApprovalTalk
from gateway.adapters.db.payables.payable_tables import payable
from gateway.adapters.db.payments.mapping import AnyRow
from gateway.domain.ids import PayableId, PersonId, StoreId, SupplierId, TenantId
from gateway.domain.money import Currency, Money
from gateway.domain.payables.approval import VOTES, ApprovalEntry, ApprovalKind, ApprovalStanding
from gateway.domain.payables.payable import PayableState
from gateway.domain.payables.signs import FoundSigns, Risk, Sign, SignClearing, SignKind
from gateway.ports.approval_store import EMERGENCIES_SHOWN, Twin

IDS_AT_ONCE = 1000
"""Ids in one statement: far below what either database takes, few enough round trips for a large run."""


def replacing(table: Table, *key: str) -> TextClause:
    """Return the statement that stores a row in place of the one with its key. ``key``: columns behind the store's."""
    names = [column.name for column in table.columns]
    conflict = ("tenant_id", "store_id", *key)
    changed = ", ".join(f"{name} = excluded.{name}" for name in names if name not in conflict)
    words = (
        f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({', '.join(f':{name}' for name in names)})"
        f" ON CONFLICT ({', '.join(conflict)}) DO UPDATE SET {changed}"
    )
    return text(words).bindparams(*(bindparam(column.name, type_=column.type) for column in table.columns))


_PUT_STANDING = replacing(approval_standing, "payable_id")
_PUT_SIGNS = replacing(payable_sign, "payable_id")
_ENTRY, _STANDING, _SIGN, _CLEARING = (
    payable_approval.c,
    approval_standing.c,
    payable_sign.c,
    payable_sign_clearing.c,
)
_ENTRIES = (
    select(payable_approval)
    .where(
        _ENTRY.tenant_id == bindparam("tenant"),
        _ENTRY.store_id == bindparam("store"),
        among(_ENTRY.payable_id, "payables"),
    )
    .order_by(_ENTRY.payable_id, _ENTRY.sequence)
)
_VOTERS = (
    select(_ENTRY.person_id, _ENTRY.for_person_id, _ENTRY.one_with)
    .where(
        _ENTRY.tenant_id == bindparam("tenant"),
        _ENTRY.store_id == bindparam("store"),
        among(_ENTRY.payable_id, "payables"),
        _ENTRY.kind.in_(sorted(kind.value for kind in VOTES)),
    )
    .distinct()
)
_VOTES_SINCE = (
    select(payable_approval)
    .where(
        _ENTRY.tenant_id == bindparam("tenant"),
        _ENTRY.store_id == bindparam("store"),
        _ENTRY.recorded_at >= bindparam("since"),
        _ENTRY.kind.in_(sorted(kind.value for kind in VOTES)),
    )
    .order_by(_ENTRY.recorded_at, _ENTRY.payable_id, _ENTRY.sequence)
)
_STANDINGS_OF = (
    _STANDING.tenant_id == bindparam("tenant"),
    _STANDING.store_id == bindparam("store"),
    among(_STANDING.payable_id, "payables"),
)
_STANDINGS = select(approval_standing).where(*_STANDINGS_OF)
_GRANTED = select(_STANDING.payable_id, _STANDING.digest).where(*_STANDINGS_OF, _STANDING.granted)
_EMERGENCIES = (
    select(approval_standing)
    .where(
        _STANDING.tenant_id == bindparam("tenant"),
        _STANDING.store_id == bindparam("store"),
        _STANDING.emergency.is_(True),
        _STANDING.reviewed.is_(False),
    )
    .order_by(_STANDING.changed_at, _STANDING.payable_id)
    .limit(EMERGENCIES_SHOWN)
)
_SIGNS = select(payable_sign).where(
    _SIGN.tenant_id == bindparam("tenant"), _SIGN.store_id == bindparam("store"), among(_SIGN.payable_id, "payables")
)
_CLEARINGS = (
    select(payable_sign_clearing)
    .where(
        _CLEARING.tenant_id == bindparam("tenant"),
        _CLEARING.store_id == bindparam("store"),
        among(_CLEARING.payable_id, "payables"),
    )
    .order_by(_CLEARING.recorded_at, _CLEARING.clearing_id)
)

_MINE, _TWIN = payable.alias("mine"), payable.alias("twin")
_SAME = ("tenant_id", "store_id", "number_key", "gross_minor", "currency", "kind")
_TWINS = (
    select(
        _MINE.c.payable_id,
        _TWIN.c.payable_id.label("other_id"),
        _TWIN.c.supplier_id,
        _TWIN.c.number,
        _TWIN.c.state,
        _TWIN.c.created_at,
    )
    .join_from(_MINE, _TWIN, and_(*(_TWIN.c[name] == _MINE.c[name] for name in _SAME)))
    .where(
        _MINE.c.tenant_id == bindparam("tenant"),
        _MINE.c.store_id == bindparam("store"),
        among(_MINE.c.payable_id, "payables"),
        _TWIN.c.payable_id != _MINE.c.payable_id,
        # Two states only are left out: whatever is or was on its way to the bank may be the same invoice.
        _TWIN.c.state.not_in([PayableState.CANCELLED.value, PayableState.REJECTED.value]),
    )
    # No ORDER BY: SQLite would walk the whole store by its primary key for each payable to have that order.
)


class SqlApprovalStore(SqlApprovalRules, SqlApprovalTalk):
    """Approvals, their rules and delegations, signs, comments."""

    __slots__ = ()

    def tell(self, tenant_id: TenantId, store_id: StoreId, entries: Sequence[ApprovalEntry]) -> None:
        """Add lines to what was said and decided, in few statements."""
        rows = [{"tenant_id": tenant_id, "store_id": store_id} | _entry_row(entry) for entry in entries]
        self._statements.change_many(insert(payable_approval), rows)

    def entries(
        self, tenant_id: TenantId, store_id: StoreId, payable_ids: Sequence[PayableId]
    ) -> Mapping[PayableId, tuple[ApprovalEntry, ...]]:
        """Return what was said and decided of payables, oldest first; every id that was asked for is there."""
        found: dict[PayableId, list[ApprovalEntry]] = {payable_id: [] for payable_id in payable_ids}
        for wish in _wishes(tenant_id, store_id, payable_ids):
            for row in self._statements.many(_ENTRIES, wish):
                found[PayableId(row.payable_id)].append(_entry_of(row))
        return {payable_id: tuple(told) for payable_id, told in found.items()}

    def votes_since(self, tenant_id: TenantId, store_id: StoreId, since: datetime) -> tuple[ApprovalEntry, ...]:
        """Return the approvals given since then, oldest first."""
        rows = self._statements.rows(_VOTES_SINCE, {"tenant": tenant_id, "store": store_id, "since": since})
        return tuple(_entry_of(row) for row in rows)

    def standings(
        self, tenant_id: TenantId, store_id: StoreId, payable_ids: Sequence[PayableId]
    ) -> Mapping[PayableId, ApprovalStanding]:
        """Return where approvals stand, in few statements however many they are."""
        return {
            PayableId(row.payable_id): _standing_of(row)
            for wish in _wishes(tenant_id, store_id, payable_ids)
            for row in self._statements.many(_STANDINGS, wish)
        }

    def voters(self, tenant_id: TenantId, store_id: StoreId, payable_ids: Sequence[PayableId]) -> frozenset[PersonId]:
        """Return everybody who ever voted for one of these payables, on whose behalf, and who counted as one."""
        people: set[PersonId] = set()
        for wish in _wishes(tenant_id, store_id, payable_ids):
            for row in self._statements.many(_VOTERS, wish):
                people |= {PersonId(one) for one in (row.person_id, row.for_person_id) if one is not None}
                people |= {PersonId(uuid.UUID(one)) for one in row.one_with}
        return frozenset(people)

    def granted(
        self, tenant_id: TenantId, store_id: StoreId, payable_ids: Sequence[PayableId]
    ) -> Mapping[PayableId, str]:
        """Return the digest each payable is approved for, in few statements."""
        return {
            PayableId(row.payable_id): row.digest
            for wish in _wishes(tenant_id, store_id, payable_ids)
            for row in self._statements.many(_GRANTED, wish)
        }

    def put_standings(self, tenant_id: TenantId, store_id: StoreId, standings: Sequence[ApprovalStanding]) -> None:
        """Store standings in place of the ones of their payables."""
        rows = [
            {
                "tenant_id": tenant_id,
                "store_id": store_id,
                "payable_id": one.payable_id,
                "digest": one.digest,
                "granted": one.granted,
                "emergency": one.emergency,
                "reviewed": one.reviewed,
                "waiting_since": one.waiting_since,
                "changed_at": one.changed_at,
            }
            for one in standings
        ]
        self._statements.change_many(_PUT_STANDING, rows)

    def emergencies(self, tenant_id: TenantId, store_id: StoreId) -> tuple[ApprovalStanding, ...]:
        """Return the emergency approvals nobody reviewed, oldest first, at most 200."""
        rows = self._statements.rows(_EMERGENCIES, {"tenant": tenant_id, "store": store_id})
        return tuple(_standing_of(row) for row in rows)

    def found_signs(
        self, tenant_id: TenantId, store_id: StoreId, payable_ids: Sequence[PayableId]
    ) -> Mapping[PayableId, FoundSigns]:
        """Return what was found the last time, in few statements."""
        return {
            PayableId(row.payable_id): _signs_of(row)
            for wish in _wishes(tenant_id, store_id, payable_ids)
            for row in self._statements.rows(_SIGNS, wish)
        }

    def put_signs(self, tenant_id: TenantId, store_id: StoreId, found: Sequence[FoundSigns]) -> None:
        """Store what was found in place of what was found before."""
        rows = [
            {
                "tenant_id": tenant_id,
                "store_id": store_id,
                "payable_id": one.payable_id,
                "risk": one.risk.value,
                "signs": [
                    {
                        "kind": sign.kind.value,
                        "score": sign.score,
                        "values": {key: storable(value) for key, value in sign.values.items()},
                        "other": None if sign.other_id is None else str(sign.other_id),
                    }
                    for sign in one.signs
                ],
                "found_at": one.found_at,
            }
            for one in found
        ]
        self._statements.change_many(_PUT_SIGNS, rows)

    def clear_sign(self, tenant_id: TenantId, store_id: StoreId, clearing: SignClearing) -> None:
        """Store a person's word that two payables are not the same."""
        row = {
            "tenant_id": tenant_id,
            "store_id": store_id,
            "payable_id": clearing.payable_id,
            "clearing_id": clearing.id,
            "other_id": clearing.other_id,
            "kind": clearing.kind.value,
            "reason": storable(clearing.reason),
            "person_id": clearing.person_id,
            "actor": storable(clearing.actor),
            "recorded_at": clearing.at,
        }
        self._statements.change(insert(payable_sign_clearing), row)

    def clearings(
        self, tenant_id: TenantId, store_id: StoreId, payable_ids: Sequence[PayableId]
    ) -> tuple[SignClearing, ...]:
        """Return what people cleared of these payables, oldest first."""
        return tuple(
            _clearing_of(row)
            for wish in _wishes(tenant_id, store_id, payable_ids)
            for row in self._statements.rows(_CLEARINGS, wish)
        )

    def twins(self, tenant_id: TenantId, store_id: StoreId, payable_ids: Sequence[PayableId]) -> tuple[Twin, ...]:
        """Return every other payable with the number and amount of one of these, in few statements."""
        found = [
            Twin(
                PayableId(row.payable_id),
                PayableId(row.other_id),
                SupplierId(row.supplier_id),
                row.number,
                PayableState(row.state),
                row.created_at,
            )
            for wish in _wishes(tenant_id, store_id, payable_ids)
            for row in self._statements.many(_TWINS, wish)
        ]
        return tuple(sorted(found, key=lambda one: (one.payable_id, one.other_id)))


def _wishes(tenant_id: TenantId, store_id: StoreId, payable_ids: Sequence[PayableId]) -> Iterator[dict[str, Any]]:
    for start in range(0, len(payable_ids), IDS_AT_ONCE):
        yield {"tenant": tenant_id, "store": store_id, "payables": list(payable_ids[start : start + IDS_AT_ONCE])}


def _entry_row(entry: ApprovalEntry) -> dict[str, Any]:
    return {
        "payable_id": entry.payable_id,
        "sequence": entry.sequence,
        "entry_id": entry.id,
        "kind": entry.kind.value,
        "digest": entry.digest,
        "person_id": entry.person_id,
        "for_person_id": entry.for_person_id,
        "one_with": [str(one) for one in entry.one_with],
        "actor": storable(entry.actor),
        "reason": storable(entry.reason),
        "amount_minor": None if entry.amount is None else entry.amount.minor,
        "currency": None if entry.amount is None else entry.amount.currency.code,
        "detail": None if entry.detail is None else {key: storable(value) for key, value in entry.detail.items()},
        "recorded_at": entry.at,
    }


def _entry_of(row: AnyRow) -> ApprovalEntry:
    return ApprovalEntry(
        sequence=row.sequence,
        id=row.entry_id,
        payable_id=PayableId(row.payable_id),
        kind=ApprovalKind(row.kind),
        digest=row.digest,
        person_id=None if row.person_id is None else PersonId(row.person_id),
        actor=row.actor,
        at=row.recorded_at,
        for_person_id=None if row.for_person_id is None else PersonId(row.for_person_id),
        one_with=tuple(PersonId(uuid.UUID(one)) for one in row.one_with),
        reason=row.reason,
        amount=None if row.amount_minor is None else Money(row.amount_minor, Currency.of(row.currency)),
        detail=row.detail,
    )


def _standing_of(row: AnyRow) -> ApprovalStanding:
    return ApprovalStanding(
        payable_id=PayableId(row.payable_id),
        digest=row.digest,
        granted=row.granted,
        waiting_since=row.waiting_since,
        changed_at=row.changed_at,
        emergency=row.emergency,
        reviewed=row.reviewed,
    )


def _signs_of(row: AnyRow) -> FoundSigns:
    signs = tuple(
        Sign(
            SignKind(one["kind"]),
            int(one["score"]),
            one["values"],
            None if one["other"] is None else PayableId(uuid.UUID(one["other"])),
        )
        for one in row.signs
    )
    return FoundSigns(PayableId(row.payable_id), Risk(row.risk), signs, row.found_at)


def _clearing_of(row: AnyRow) -> SignClearing:
    return SignClearing(
        id=uuid.UUID(str(row.clearing_id)),
        payable_id=PayableId(row.payable_id),
        other_id=PayableId(row.other_id),
        kind=SignKind(row.kind),
        reason=row.reason,
        person_id=uuid.UUID(str(row.person_id)),
        actor=row.actor,
        at=row.recorded_at,
    )
