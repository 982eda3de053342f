"""Reads Adyen's settlement detail report and payments accounting report."""

from collections.abc import Mapping, Sequence

from connectors.statements.acquirer import MovementKind, MovementRead, ReportRead, report_day
from connectors.statements.amounts import AmountError, known_currency, table_amount
from connectors.statements.statement import EntryStatus, PaymentFacts
from connectors.statements.tables import TableRow, cells_by_name
from gateway.domain.money import Currency, Money

SETTLEMENT_HEADER = frozenset({"psp reference", "type", "net currency", "net debit (nc)", "net credit (nc)"})
ACCOUNTING_HEADER = frozenset({"psp reference", "record type", "payable (sc)", "settlement currency"})
_KINDS = {
    "settled": MovementKind.PAYMENT,
    "refunded": MovementKind.REFUND,
    "refundedreversed": MovementKind.PAYMENT,
    "chargeback": MovementKind.CHARGEBACK,
    "secondchargeback": MovementKind.CHARGEBACK,
    "chargebackreversed": MovementKind.CHARGEBACK_REVERSED,
    "fee": MovementKind.FEE,
    "invoicededuction": MovementKind.FEE,
    "merchantpayout": MovementKind.PAYOUT,
}
_FEES = ("commission", "markup", "scheme fees", "interchange")


def read_adyen_settlement(header: Sequence[str], rows: Sequence[TableRow]) -> ReportRead:
    """Read the settlement detail report: every movement of a batch with its fees, and the payout."""
    report = ReportRead("Adyen settlement detail")
    report.count(header, rows)
    names = [name.lower() for name in header]
    for row in rows:
        cells = cells_by_name(names, row)
        report.account = report.account or cells.get("merchant account", "")
        report.id = report.id or f"batch {cells.get('batch number', '')}".strip()
        currency = known_currency(cells.get("net currency", ""))
        if currency is None:
            report.left_out(row.line, "it names no currency that is known")
            continue
        try:
            net = _two_sided(cells, "net", "nc", currency) or Money(0, currency)
            gross_currency = known_currency(cells.get("gross currency", ""))
            gross = _two_sided(cells, "gross", "gc", gross_currency) if gross_currency else None
            fee = _fees(cells, "nc", currency)
        except AmountError as error:
            report.left_out(row.line, error)
            continue
        report.movements.append(_settlement(cells, row.line, net, gross, fee))
    return report


def _settlement(
    cells: Mapping[str, str], line: int, net: Money, gross: Money | None, fee: Money | None
) -> MovementRead:
    kind = _KINDS.get(cells.get("type", "").lower().replace(" ", ""), MovementKind.ADJUSTMENT)
    facts = _facts(cells, "modification reference", "batch number")
    day = report_day(cells.get("booking date", "") or cells.get("creation date", ""))
    converted = gross is not None and gross.currency != net.currency
    return MovementRead(
        line, net, kind, facts, day, gross=gross, fee=None if converted else fee, bank_code=cells.get("type", "")
    )


def _facts(cells: Mapping[str, str], change: str, batch: str) -> PaymentFacts:
    told = tuple(cells[key] for key in ("dispute reference", "arn", "metadata") if cells.get(key))
    return PaymentFacts(
        end_to_end_id=cells.get("merchant reference", ""),
        instruction_id=cells.get("modification merchant reference", ""),
        bank_ref=cells.get("psp reference", ""),
        references=tuple(found for found in (cells.get(change, ""),) if found),
        batch_id=cells.get(batch, ""),
        party_id=cells.get("merchant order reference", ""),
        rate=cells.get("exchange rate", ""),
        bank_code=cells.get("payment method variant", "") or cells.get("payment method", ""),
        texts=told,
    )


def _two_sided(cells: Mapping[str, str], name: str, unit: str, currency: Currency) -> Money | None:
    debit, credit = cells.get(f"{name} debit ({unit})", ""), cells.get(f"{name} credit ({unit})", "")
    if not debit and not credit:
        return None
    minor = table_amount(credit, currency).minor if credit else 0
    return Money(minor - (table_amount(debit, currency).minor if debit else 0), currency)


def _fees(cells: Mapping[str, str], unit: str, currency: Currency) -> Money | None:
    written = [cells.get(f"{name} ({unit})", "") for name in _FEES]
    if not any(written):
        return None
    return Money(-sum(table_amount(text, currency).minor for text in written if text), currency)


def read_adyen_accounting(header: Sequence[str], rows: Sequence[TableRow]) -> ReportRead:
    """Read the payments accounting report: only what is payable moves money, the rest tells of its way there."""
    report = ReportRead("Adyen payments accounting")
    report.count(header, rows)
    names = [name.lower() for name in header]
    for row in rows:
        cells = cells_by_name(names, row)
        report.account = report.account or cells.get("merchant account", "")
        record = cells.get("record type", "").lower()
        moves = record in _KINDS
        currency = known_currency(cells.get("settlement currency" if moves else "main currency", ""))
        if currency is None:
            report.left_out(row.line, "it names no currency that is known")
            continue
        try:
            amount = table_amount(cells.get("payable (sc)" if moves else "main amount", "") or "0", currency)
        except AmountError as error:
            report.left_out(row.line, error)
            continue
        report.movements.append(
            MovementRead(
                line=row.line,
                net=amount,
                kind=_KINDS.get(record, MovementKind.ADJUSTMENT),
                facts=_facts(cells, "modification psp reference", "payable batch"),
                booked_on=report_day(cells.get("booking date", "")),
                status=EntryStatus.BOOKED if moves else EntryStatus.INFO,
                bank_code=cells.get("record type", ""),
            )
        )
    return report
