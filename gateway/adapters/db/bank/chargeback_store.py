"""Chargebacks, their journals and evidence in SQL."""

import uuid
from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import bindparam, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from gateway.adapters.db.bank.settlement_tables import (
    REFERENCE_MAX,
    chargeback,
    chargeback_event,
    chargeback_evidence,
    payout,
    payout_entry,
)
from gateway.adapters.db.column_types import storable
from gateway.adapters.db.payments.attempt_rows import here, same
from gateway.adapters.db.payments.mapping import AnyRow
from gateway.adapters.db.statements import Statements
from gateway.domain.bank.acquirer_contract import ReasonFamily
from gateway.domain.bank.chargeback import (
    OPEN,
    Chargeback,
    ChargebackEvent,
    ChargebackEvidence,
    ChargebackState,
)
from gateway.domain.bank.payout import EntryKind
from gateway.domain.errors import RuleError
from gateway.domain.ids import PaymentId, StoreId, TenantId
from gateway.domain.money import Currency, Money
from gateway.ports.settlement_store import ENTRIES_MAX, PAGE_MAX

_ADD = {
    False: sqlite.insert(chargeback).on_conflict_do_nothing().returning(chargeback.c.chargeback_id),
    True: postgresql.insert(chargeback).on_conflict_do_nothing().returning(chargeback.c.chargeback_id),
}
_ONE = select(chargeback).where(*here(chargeback), chargeback.c.chargeback_id == bindparam("of_chargeback"))
_BY_REFERENCE = select(chargeback).where(
    *here(chargeback),
    chargeback.c.acquirer == bindparam("of_acquirer"),
    chargeback.c.reference.in_(bindparam("texts", expanding=True)),
)
_LIST = (
    select(chargeback)
    .where(*here(chargeback))
    .order_by(chargeback.c.respond_by, chargeback.c.chargeback_id)
    .limit(bindparam("most"))
)
_OPEN = _LIST.where(chargeback.c.state.in_(sorted(state.value for state in OPEN)))
_NEWEST = (
    select(chargeback)
    .where(*here(chargeback))
    .order_by(chargeback.c.opened_at.desc(), chargeback.c.chargeback_id)
    .limit(bindparam("most"))
)
_CHANGING = ("state", "payment_id", "taken_entry_id", "returned_entry_id", "reminded", "version")
_UPDATE = (
    update(chargeback)
    .where(
        *here(chargeback),
        chargeback.c.chargeback_id == bindparam("of_chargeback"),
        chargeback.c.version == bindparam("of_version"),
    )
    .values({name: bindparam(f"to_{name}") for name in _CHANGING})
)
_LAST_EVENT = select(func.max(chargeback_event.c.sequence).label("last")).where(
    *here(chargeback_event), chargeback_event.c.chargeback_id == bindparam("of_chargeback")
)
_EVENTS = (
    select(chargeback_event)
    .where(*here(chargeback_event), chargeback_event.c.chargeback_id == bindparam("of_chargeback"))
    .order_by(chargeback_event.c.sequence)
)
_ADD_EVIDENCE = {
    False: sqlite.insert(chargeback_evidence).on_conflict_do_nothing().returning(chargeback_evidence.c.evidence_id),
    True: postgresql.insert(chargeback_evidence).on_conflict_do_nothing().returning(chargeback_evidence.c.evidence_id),
}
_EVIDENCE = (
    select(*(one for one in chargeback_evidence.c if one.name != "content"))
    .where(*here(chargeback_evidence), chargeback_evidence.c.chargeback_id == bindparam("of_chargeback"))
    .order_by(chargeback_evidence.c.added_at, chargeback_evidence.c.evidence_id)
)
_CONTENT = select(chargeback_evidence).where(
    *here(chargeback_evidence), chargeback_evidence.c.evidence_id == bindparam("of_evidence")
)
_SALES = (
    select(payout_entry.c.payment_id, payout_entry.c.refs)
    .select_from(payout_entry.join(payout, same(payout, payout_entry, "payout_id")))
    .where(
        *here(payout_entry),
        payout.c.acquirer == bindparam("of_acquirer"),
        payout_entry.c.kind == EntryKind.SALE.value,
        payout_entry.c.payment_id.is_not(None),
    )
    .order_by(payout_entry.c.booked_on.desc())
    .limit(ENTRIES_MAX)
)


class SqlChargebackStore:
    """Chargebacks of all stores; see ``ChargebackStore``."""

    __slots__ = ("_statements",)

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    def add(self, tenant_id: TenantId, store_id: StoreId, found: Chargeback) -> bool:
        """Store a chargeback; False, and nothing stored, when its id or its reference is there."""
        row = {"tenant_id": tenant_id, "store_id": store_id, **_row(found)}
        return self._statements.first(_ADD[self._statements.postgresql], row) is not None

    def get(
        self, tenant_id: TenantId, store_id: StoreId, chargeback_id: uuid.UUID, *, lock: bool = False
    ) -> Chargeback | None:
        """Return one chargeback. ``lock``: nobody else changes it in this unit of work."""
        statement = _ONE.with_for_update() if lock and self._statements.postgresql else _ONE
        wish = {"tenant": tenant_id, "store": store_id, "of_chargeback": chargeback_id}
        row = self._statements.first(statement, wish)
        return None if row is None else _chargeback_of(row)

    def by_references(
        self, tenant_id: TenantId, store_id: StoreId, acquirer: str, references: Sequence[str]
    ) -> tuple[Chargeback, ...]:
        """Return the chargebacks that have one of these references."""
        if not references:
            return ()
        wish = {"tenant": tenant_id, "store": store_id, "of_acquirer": acquirer, "texts": list(references)}
        return tuple(_chargeback_of(row) for row in self._statements.rows(_BY_REFERENCE, wish))

    def update(self, tenant_id: TenantId, store_id: StoreId, found: Chargeback) -> None:
        """Store what changed; errors as in ``ChargebackStore``."""
        row = _row(found)
        change = {"tenant": tenant_id, "store": store_id, "of_chargeback": found.id, "of_version": found.version - 1}
        if self._statements.change(_UPDATE, change | {f"to_{name}": row[name] for name in _CHANGING}) != 1:
            error = RuleError("changed_meanwhile", "Somebody else was faster.", "Look at it again.")
            raise self._statements.refuse(error)

    def list(
        self, tenant_id: TenantId, store_id: StoreId, *, open_only: bool, limit: int = PAGE_MAX
    ) -> tuple[Chargeback, ...]:
        """Return open chargebacks, the next last day first; or all, the newest first."""
        wish = {"tenant": tenant_id, "store": store_id, "most": max(0, min(limit, PAGE_MAX))}
        return tuple(_chargeback_of(row) for row in self._statements.rows(_OPEN if open_only else _NEWEST, wish))

    def note(self, tenant_id: TenantId, store_id: StoreId, event: ChargebackEvent) -> None:
        """Add a line to a journal; its sequence is the next one, whatever the event says."""
        key = {"tenant": tenant_id, "store": store_id, "of_chargeback": event.chargeback_id}
        last = self._statements.first(_LAST_EVENT, key)
        row = {
            "tenant_id": tenant_id,
            "store_id": store_id,
            "chargeback_id": event.chargeback_id,
            "sequence": 1 if last is None or last.last is None else int(last.last) + 1,
            "step": event.step,
            "state": event.state.value,
            "actor": storable(event.actor),
            "note": storable(event.note),
            "at": event.at,
        }
        self._statements.change(insert(chargeback_event), row)

    def events(self, tenant_id: TenantId, store_id: StoreId, chargeback_id: uuid.UUID) -> tuple[ChargebackEvent, ...]:
        """Return the journal of a chargeback, oldest first."""
        wish = {"tenant": tenant_id, "store": store_id, "of_chargeback": chargeback_id}
        return tuple(
            ChargebackEvent(
                row.chargeback_id, row.sequence, row.step, ChargebackState(row.state), row.actor, row.note, row.at
            )
            for row in self._statements.rows(_EVENTS, wish)
        )

    def add_evidence(self, tenant_id: TenantId, store_id: StoreId, evidence: ChargebackEvidence) -> bool:
        """Store a file; False when its id is there."""
        row = {
            "tenant_id": tenant_id,
            "store_id": store_id,
            "evidence_id": evidence.id,
            "chargeback_id": evidence.chargeback_id,
            "name": storable(evidence.name),
            "sha256": evidence.sha256,
            "size": evidence.size,
            "content": evidence.content,
            "added_by": storable(evidence.added_by),
            "added_at": evidence.added_at,
        }
        return self._statements.first(_ADD_EVIDENCE[self._statements.postgresql], row) is not None

    def evidence(
        self, tenant_id: TenantId, store_id: StoreId, chargeback_id: uuid.UUID
    ) -> tuple[ChargebackEvidence, ...]:
        """Return the files of a chargeback without their contents, oldest first."""
        wish = {"tenant": tenant_id, "store": store_id, "of_chargeback": chargeback_id}
        return tuple(_evidence_of(row, b"") for row in self._statements.rows(_EVIDENCE, wish))

    def evidence_content(
        self, tenant_id: TenantId, store_id: StoreId, evidence_id: uuid.UUID
    ) -> ChargebackEvidence | None:
        """Return one file with its content."""
        wish = {"tenant": tenant_id, "store": store_id, "of_evidence": evidence_id}
        row = self._statements.first(_CONTENT, wish)
        return None if row is None else _evidence_of(row, bytes(row.content))

    def payment_of_references(
        self, tenant_id: TenantId, store_id: StoreId, acquirer: str, references: Sequence[str]
    ) -> PaymentId | None:
        """Return the payment that a reported sale with one of these references was found to be; None unless one."""
        wanted = {text for text in references if text}
        if not wanted:
            return None
        rows = self._statements.rows(_SALES, {"tenant": tenant_id, "store": store_id, "of_acquirer": acquirer})
        found = {row.payment_id for row in rows if wanted.intersection(row.refs)}
        return PaymentId(found.pop()) if len(found) == 1 else None


def _row(found: Chargeback) -> dict[str, Any]:
    return {
        "chargeback_id": found.id,
        "acquirer": found.acquirer,
        "reference": storable(found.reference)[:REFERENCE_MAX],
        "amount_minor": found.amount.minor,
        "currency": found.amount.currency.code,
        "scheme": storable(found.scheme)[:32],
        "reason_code": storable(found.reason_code),
        "family": found.family.value,
        "state": found.state.value,
        "opened_on": found.opened_on.isoformat(),
        "respond_by": found.respond_by.isoformat(),
        "opened_at": found.opened_at,
        "opened_by": storable(found.opened_by),
        "payment_id": found.payment_id,
        "taken_entry_id": found.taken_entry_id,
        "returned_entry_id": found.returned_entry_id,
        "reminded": found.reminded,
        "version": found.version,
    }


def _chargeback_of(row: AnyRow) -> Chargeback:
    return Chargeback(
        id=row.chargeback_id,
        acquirer=row.acquirer,
        reference=row.reference,
        amount=Money(row.amount_minor, Currency.of(row.currency)),
        scheme=row.scheme,
        reason_code=row.reason_code,
        family=ReasonFamily(row.family),
        state=ChargebackState(row.state),
        opened_on=date.fromisoformat(row.opened_on),
        respond_by=date.fromisoformat(row.respond_by),
        opened_at=row.opened_at,
        opened_by=row.opened_by,
        payment_id=None if row.payment_id is None else PaymentId(row.payment_id),
        taken_entry_id=row.taken_entry_id,
        returned_entry_id=row.returned_entry_id,
        reminded=row.reminded,
        version=row.version,
    )


def _evidence_of(row: AnyRow, content: bytes) -> ChargebackEvidence:
    return ChargebackEvidence(
        row.evidence_id, row.chargeback_id, row.name, row.sha256, row.size, content, row.added_by, row.added_at
    )
