"""Between rows and the domain: strict codecs for stored documents, and readers of rows.

Documents are written whole and read strictly: an unknown or missing field is a broken row, never silently dropped.
"""

from dataclasses import asdict, fields
from decimal import Decimal
from typing import Any

from sqlalchemy import Row

from gateway.adapters.db.column_types import storable
from gateway.domain.cards.payment import (
    EXACT,
    Attempt,
    AttemptState,
    BrandTotal,
    Conversion,
    DayFigures,
    EftLine,
    EftReceipt,
    Evidence,
    OriginalTransaction,
    Payment,
    PaymentTerms,
    TerminalResult,
    TransactionNumbers,
)
from gateway.domain.cards.refund import Refund, RefundWay
from gateway.domain.ids import (
    AttemptId,
    DeviceId,
    OutboxId,
    PaymentId,
    RefundId,
    RegisterId,
    ReservationId,
    SaleId,
    StoreId,
    TenantId,
    TransferId,
)
from gateway.domain.ledger import Transfer, TransferKind
from gateway.domain.money import Currency, Money
from gateway.domain.outbox import OutboxMessage, OutboxState
from gateway.domain.sales.sale import Sale, SaleLine
from gateway.ports.unit_of_work import DeviceRow, PaymentEvent, RefundEvent

AnyRow = Row[*tuple[Any, ...]]

_TEXT_FIELDS = (
    "code",
    "acquirer_terminal_id",
    "authorisation",
    "card_name",
    "card_masked",
    "text",
    "date_mmdd",
    "time_hhmmss",
    "terminal_reference",
    "made_at",
)
_NUMBER_FIELDS = ("receipt_no", "trace_no", "turnover_no")
_LAYOUT_FIELDS = ("centred", "double_width", "double_height")


def result_to_document(result: TerminalResult) -> dict[str, Any]:
    """Return the JSON document of a terminal's result; fields without a value are left out."""
    document: dict[str, Any] = {}
    if result.amount_minor is not None:
        document["amount_minor"] = result.amount_minor
    numbers = numbers_to_document(result.numbers)
    if numbers:
        document["numbers"] = numbers
    for name in _TEXT_FIELDS:
        value = getattr(result, name)
        if value is not None:
            document[name] = storable(value)
    if result.tip_minor is not None:
        document["tip_minor"] = result.tip_minor
    if result.conversion is not None:
        told = asdict(result.conversion)
        document["conversion"] = {
            name: storable(value) if isinstance(value, str) else value
            for name, value in told.items()
            if value is not None
        }
    if result.day is not None:
        document["day"] = asdict(result.day)
    if result.receipts:
        document["receipts"] = [_receipt_to_document(receipt) for receipt in result.receipts]
    return document


def _receipt_to_document(receipt: EftReceipt) -> dict[str, Any]:
    return {"kind": storable(receipt.kind), "lines": [_eft_line_to_document(line) for line in receipt.lines]}


def _eft_line_to_document(line: EftLine) -> str | dict[str, Any]:
    """Return the text alone for a plain line: nearly all are, and a receipt has thirty."""
    text = storable(line.text)
    if not (line.centred or line.double_width or line.double_height):
        return text
    return {"text": text, **{name: True for name in _LAYOUT_FIELDS if getattr(line, name)}}


def _eft_line_from_document(line: str | dict[str, Any]) -> EftLine:
    return EftLine(line) if isinstance(line, str) else EftLine(**line)


def result_from_document(document: dict[str, Any]) -> TerminalResult:
    """Read the JSON document of a terminal's result.

    Raises:
        TypeError: a field is not known or has the wrong shape.
    """
    rest = dict(document)
    numbers = TransactionNumbers(**rest.pop("numbers", {}))
    receipts = tuple(
        EftReceipt(kind=one["kind"], lines=tuple(map(_eft_line_from_document, one["lines"])))
        for one in rest.pop("receipts", ())
    )
    converted, day = rest.pop("conversion", None), rest.pop("day", None)
    return TerminalResult(
        numbers=numbers,
        receipts=receipts,
        conversion=None if converted is None else Conversion(**converted),
        day=None if day is None else _figures_from_document(day),
        **rest,
    )


def _figures_from_document(document: dict[str, Any]) -> DayFigures:
    rest = dict(document)
    brands = tuple(BrandTotal(**one) for one in rest.pop("brands"))
    return DayFigures(brands=brands, **rest)


def numbers_to_document(numbers: TransactionNumbers) -> dict[str, int]:
    """Return the known numbers by name."""
    return {name: value for name in _NUMBER_FIELDS if (value := getattr(numbers, name)) is not None}


def lines_to_document(lines: tuple[SaleLine, ...]) -> list[dict[str, Any]]:
    """Return the JSON document of a sale's lines: amounts in minor units of the sale's currency, quantity as text."""
    return [
        {
            "text": storable(line.text),
            "quantity": str(line.quantity),
            "unit_price": line.unit_price.minor,
            "amount": line.amount.minor,
        }
        for line in lines
    ]


def lines_from_document(document: list[dict[str, Any]], currency: Currency) -> tuple[SaleLine, ...]:
    """Read the JSON document of a sale's lines."""
    return tuple(
        SaleLine(
            text=line["text"],
            quantity=Decimal(line["quantity"]),
            unit_price=Money(line["unit_price"], currency),
            amount=Money(line["amount"], currency),
        )
        for line in document
    )


def sale_of(row: AnyRow) -> Sale:
    """Read a sale from the columns labelled ``sale_*`` of a join."""
    currency = Currency.of(row.sale_currency)
    return Sale(
        tenant_id=TenantId(row.sale_tenant_id),
        store_id=StoreId(row.sale_store_id),
        id=SaleId(row.sale_sale_id),
        register_id=RegisterId(row.sale_register_id),
        total=Money(row.sale_total_minor, currency),
        lines=lines_from_document(row.sale_lines, currency),
        created_at=row.sale_created_at,
        created_by=row.sale_created_by,
    )


def payment_of(row: AnyRow) -> Payment:
    """Read a payment from the columns labelled ``payment_*`` of a join."""
    return Payment(
        tenant_id=TenantId(row.payment_tenant_id),
        store_id=StoreId(row.payment_store_id),
        id=PaymentId(row.payment_payment_id),
        sale_id=SaleId(row.payment_sale_id),
        register_id=RegisterId(row.payment_register_id),
        terminal_id=DeviceId(row.payment_terminal_id),
        amount=Money(row.payment_amount_minor, Currency.of(row.payment_currency)),
        reference=row.payment_reference,
        created_at=row.payment_created_at,
        created_by=row.payment_created_by,
        trace_id=row.payment_trace_id,
        terms=terms_of(row.payment_tip_minor, allow_partial=row.payment_allow_partial),
    )


def terms_of(tip_minor: int, *, allow_partial: bool) -> PaymentTerms:
    """Return the terms of a payment; nearly all have none, and share one object."""
    return PaymentTerms(tip_minor, allow_partial) if tip_minor or allow_partial else EXACT


def attempt_of(row: AnyRow) -> Attempt:
    """Read an attempt from the columns labelled ``attempt_*``."""
    return Attempt(
        id=AttemptId(row.attempt_attempt_id),
        payment_id=PaymentId(row.attempt_payment_id or row.attempt_reservation_id or row.attempt_attempt_id),
        number=row.attempt_number,
        terminal_id=DeviceId(row.attempt_terminal_id),
        epoch=row.attempt_epoch,
        state=AttemptState(row.attempt_state),
        baseline=TransactionNumbers(
            row.attempt_baseline_receipt_no, row.attempt_baseline_trace_no, row.attempt_baseline_turnover_no
        ),
        blocks_terminal=row.attempt_blocks_terminal,
        sent_at=row.attempt_sent_at,
        concluded_at=row.attempt_concluded_at,
        cancel_requested_at=row.attempt_cancel_requested_at,
        ask_requested_at=row.attempt_ask_requested_at,
        evidence=None if row.attempt_evidence is None else Evidence(row.attempt_evidence),
        reason_code=row.attempt_reason_code,
        reason=row.attempt_reason,
        decided_by=row.attempt_decided_by,
        result=None if row.attempt_result is None else result_from_document(row.attempt_result),
        reservation_id=None if row.attempt_reservation_id is None else ReservationId(row.attempt_reservation_id),
        original=None if row.attempt_original is None else OriginalTransaction(**row.attempt_original),
    )


def event_of(row: AnyRow) -> PaymentEvent:
    """Read one line of a payment's journal."""
    return PaymentEvent(
        payment_id=PaymentId(row.payment_id),
        sequence=row.sequence,
        kind=row.kind,
        state=AttemptState(row.state),
        words=row.words,
        actor=row.actor,
        recorded_at=row.recorded_at,
    )


def refund_of(row: AnyRow) -> Refund:
    """Read a refund from the columns labelled ``refund_*`` of a join."""
    return Refund(
        tenant_id=TenantId(row.refund_tenant_id),
        store_id=StoreId(row.refund_store_id),
        id=RefundId(row.refund_refund_id),
        payment_id=PaymentId(row.refund_payment_id),
        register_id=RegisterId(row.refund_register_id),
        terminal_id=DeviceId(row.refund_terminal_id),
        amount=Money(row.refund_amount_minor, Currency.of(row.refund_currency)),
        way=RefundWay(row.refund_way),
        original=OriginalTransaction(**row.refund_original),
        reason=row.refund_reason,
        created_at=row.refund_created_at,
        created_by=row.refund_created_by,
        trace_id=row.refund_trace_id,
    )


def original_to_document(original: OriginalTransaction) -> dict[str, Any]:
    """Return the JSON document of the sale a refund is about; fields without a value are left out."""
    found = {field.name: getattr(original, field.name) for field in fields(original)}
    known = {name: value for name, value in found.items() if value not in (None, "")}
    return {name: storable(value) if isinstance(value, str) else value for name, value in known.items()}


def refund_event_of(row: AnyRow) -> RefundEvent:
    """Read one line of a refund's journal."""
    return RefundEvent(
        refund_id=RefundId(row.refund_id),
        sequence=row.sequence,
        kind=row.kind,
        state=AttemptState(row.state),
        words=row.words,
        actor=row.actor,
        recorded_at=row.recorded_at,
    )


def message_of(row: AnyRow) -> OutboxMessage:
    """Read one message to deliver."""
    return OutboxMessage(
        tenant_id=TenantId(row.tenant_id),
        store_id=StoreId(row.store_id),
        id=OutboxId(row.outbox_id),
        kind=row.kind,
        target=row.target,
        payload=dict(row.payload),
        created_at=row.created_at,
        state=OutboxState(row.state),
        tries=row.tries,
        due_at=row.due_at,
        note=row.note,
        epoch=row.epoch,
    )


def transfer_of(row: AnyRow) -> Transfer:
    """Read one ledger entry."""
    return Transfer(
        tenant_id=TenantId(row.tenant_id),
        store_id=StoreId(row.store_id),
        id=TransferId(row.transfer_id),
        kind=TransferKind(row.kind),
        debit_account=row.debit_account,
        credit_account=row.credit_account,
        amount=Money(row.amount_minor, Currency.of(row.currency)),
        pending_id=None if row.pending_id is None else TransferId(row.pending_id),
        cause_id=row.cause_id,
        trace_id=row.trace_id,
        recorded_at=row.recorded_at,
    )


def device_of(row: AnyRow) -> DeviceRow:
    """Read one device."""
    return DeviceRow(
        tenant_id=TenantId(row.tenant_id),
        store_id=StoreId(row.store_id),
        id=DeviceId(row.device_id),
        kind=row.kind,
        name=row.name,
        numbers=TransactionNumbers(row.last_receipt_no, row.last_trace_no, row.last_turnover_no),
        state_words=row.state_words,
        ready=row.ready,
    )
