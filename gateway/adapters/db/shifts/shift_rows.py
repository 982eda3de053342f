"""Between the rows of shifts and the domain."""

from gateway.adapters.db.column_types import storable
from gateway.adapters.db.payments.mapping import AnyRow
from gateway.domain.ids import RegisterId, ShiftId, StoreId, TenantId
from gateway.domain.money import Currency, Money
from gateway.domain.shifts.shift import FactKind, Shift, ShiftFact, ShiftState
from gateway.ports.shift_store import StoredReport


def shift_row(shift: Shift) -> dict[str, object]:
    """Return the row of a shift."""
    return {
        "tenant_id": shift.tenant_id,
        "store_id": shift.store_id,
        "shift_id": shift.id,
        "register_id": shift.register_id,
        "currency": shift.currency.code,
        "state": shift.state.value,
        "cashier": storable(shift.cashier),
        "float_minor": shift.float_amount.minor,
        "since": shift.since,
        "opened_at": shift.opened_at,
        "opened_by": storable(shift.opened_by),
        "closed_at": shift.closed_at,
        "last_sequence": shift.last_sequence,
    }


def shift_of(row: AnyRow) -> Shift:
    """Read a shift."""
    currency = Currency.of(row.currency)
    return Shift(
        tenant_id=TenantId(row.tenant_id),
        store_id=StoreId(row.store_id),
        id=ShiftId(row.shift_id),
        register_id=RegisterId(row.register_id),
        currency=currency,
        state=ShiftState(row.state),
        cashier=row.cashier,
        float_amount=Money(row.float_minor, currency),
        since=row.since,
        opened_at=row.opened_at,
        opened_by=row.opened_by,
        closed_at=row.closed_at,
        last_sequence=row.last_sequence,
    )


def fact_row(shift: Shift, fact: ShiftFact) -> dict[str, object]:
    """Return the row of a fact."""
    return {
        "tenant_id": shift.tenant_id,
        "store_id": shift.store_id,
        "shift_id": shift.id,
        "sequence": fact.sequence,
        "fact_id": fact.id,
        "kind": fact.kind.value,
        "amount_minor": None if fact.amount is None else fact.amount.minor,
        "expected_minor": None if fact.expected is None else fact.expected.minor,
        "currency": shift.currency.code,
        "reason": storable(fact.reason),
        "actor": storable(fact.actor),
        "detail": {storable(name): storable(value) for name, value in fact.detail.items()},
        "recorded_at": fact.recorded_at,
    }


def fact_of(row: AnyRow) -> ShiftFact:
    """Read a fact."""
    currency = Currency.of(row.currency)
    return ShiftFact(
        id=row.fact_id,
        shift_id=ShiftId(row.shift_id),
        sequence=row.sequence,
        kind=FactKind(row.kind),
        amount=None if row.amount_minor is None else Money(row.amount_minor, currency),
        expected=None if row.expected_minor is None else Money(row.expected_minor, currency),
        reason=row.reason,
        actor=row.actor,
        recorded_at=row.recorded_at,
        detail=dict(row.detail),
    )


def report_row(report: StoredReport) -> dict[str, object]:
    """Return the row of a Z report without its place; the text is stored as it was signed, or refused."""
    return {
        "register_id": report.register_id,
        "number": report.number,
        "document": report.document,
        "digest": report.digest,
        "made_at": report.made_at,
        "made_by": storable(report.made_by),
    }


def report_of(row: AnyRow) -> StoredReport:
    """Read a Z report."""
    return StoredReport(
        shift_id=ShiftId(row.shift_id),
        register_id=RegisterId(row.register_id),
        number=row.number,
        document=row.document,
        digest=row.digest,
        made_at=row.made_at,
        made_by=row.made_by,
    )
