"""Reads payout reports of Checkout.com and settlement reports of Trustly."""

from collections.abc import Sequence

from connectors.statements.acquirer import MovementKind, MovementRead, ReportRead, report_day
from connectors.statements.amounts import AmountError, known_currency, table_amount
from connectors.statements.statement import Defect, PaymentFacts
from connectors.statements.tables import TableRow, cells_by_name
from gateway.domain.money import Currency, Money

CHECKOUT_HEADER = frozenset({"payout id", "payout amount", "holding currency", "payments", "refunds", "chargebacks"})
_PARTS = "payments,refunds,chargebacks,pay to cards,acquiring premiums,adjustments,tax,transfers in,transfers out"
_CHECKOUT_PARTS = frozenset(_PARTS.split(","))
_TRUSTLY_KINDS = {
    "refund": MovementKind.REFUND,
    "reclaim": MovementKind.CHARGEBACK,
    "deferred": MovementKind.PAYMENT,
    "pay": MovementKind.PAYMENT,
    "capture": MovementKind.PAYMENT,
}
_ITEM_CELLS = 16


def read_checkout(header: Sequence[str], rows: Sequence[TableRow]) -> ReportRead:
    """Read a report of payouts: each is one movement, whose details are the sums it is made of."""
    report = ReportRead("Checkout.com payouts")
    report.count(header, rows)
    names = [name.lower() for name in header]
    for row in rows:
        cells = cells_by_name(names, row)
        report.account = report.account or cells.get("currency account id", "")
        report.id = report.id or cells["payout id"]
        currency = known_currency(cells["holding currency"])
        if currency is None:
            report.left_out(row.line, "it names no currency that is known")
            continue
        try:
            paid = table_amount(cells["payout amount"], currency, ".")
            parts = {
                name: table_amount(text, currency, ".")
                for name, text in cells.items()
                if (name in _CHECKOUT_PARTS or name.endswith(" fees")) and text
            }
        except AmountError as error:
            report.left_out(row.line, error)
            continue
        report.movements.append(
            _payout(report, row.line, cells["payout id"], cells.get("payout date", ""), paid, parts)
        )
    return report


def _payout(report: ReportRead, line: int, payout: str, day: str, paid: Money, parts: dict[str, Money]) -> MovementRead:
    total = sum(part.minor for part in parts.values())
    if total != paid.minor:
        made = Money(total, paid.currency).to_decimal()
        text = f"The parts of payout {payout} come to {made}, {paid.to_decimal()} were paid out."
        report.defects.append(Defect("totals_differ", text, f"line {line}"))
    elif report.agree is None:
        report.agree = True
    fees = sum(part.minor for name, part in parts.items() if name.endswith(" fees") or name == "acquiring premiums")
    details = tuple(PaymentFacts(amount=part, text=name, bank_code=name) for name, part in parts.items() if part.minor)
    # What is paid out is the credit the bank will show.
    return MovementRead(
        line=line,
        net=paid,
        kind=MovementKind.PAYOUT,
        facts=PaymentFacts(bank_ref=payout, batch_id=payout, text=f"payout {payout}"),
        booked_on=report_day(day),
        gross=Money(paid.minor - fees, paid.currency),
        fee=Money(fees, paid.currency),
        details=details,
        bank_code="payout",
    )


def read_trustly(rows: Sequence[TableRow]) -> ReportRead:
    """Read a settlement report: head (H), items (I), sums of a currency (F) and of the file (L)."""
    report = ReportRead("Trustly settlement")
    report.records = len(rows)
    for row in rows:
        kind, cells = row.cells[0], row.cells
        if kind == "H":
            report.account = cells[1] if len(cells) > 1 else ""
            report.id = cells[5] if len(cells) > 5 else ""
        elif kind == "I":
            _item(report, row)
        elif kind == "L":
            _trailer(report, row)
        elif kind != "F":
            report.defects.append(
                Defect("record_not_known", f"This record is not known: {kind[:20]}", f"line {row.line}")
            )
    return report


def _item(report: ReportRead, row: TableRow) -> None:
    cells = row.cells
    currency = known_currency(cells[14]) if len(cells) >= _ITEM_CELLS else None
    if currency is None:
        report.left_out(row.line, "it names no currency that is known")
        return
    try:
        amount = table_amount(cells[15], currency, ".")
    except AmountError as error:
        report.left_out(row.line, error)
        return
    later = [*cells[16:], *[""] * 8]
    facts = PaymentFacts(
        end_to_end_id=cells[9],
        instruction_id=later[5],
        bank_ref=cells[1],
        references=tuple(found for found in (cells[3], later[4]) if found),
        batch_id=cells[4],
        bank_code=f"{cells[10]}/{cells[11]}",
    )
    report.movements.append(
        MovementRead(
            line=row.line,
            net=amount,
            kind=_TRUSTLY_KINDS.get(cells[10].lower(), MovementKind.ADJUSTMENT),
            facts=facts,
            booked_on=report_day(cells[12]) or report_day(cells[2]),
            bank_code=cells[10],
        )
    )


def _trailer(report: ReportRead, row: TableRow) -> None:
    """Compare with the number of items and their sum, which are given once for items and once for settlements."""
    currencies = {one.net.currency for one in report.movements}
    if len(row.cells) < 3 or len(currencies) > 1:
        return
    currency = currencies.pop() if currencies else Currency.of("EUR")
    total = Money(sum(one.net.minor for one in report.movements), currency)
    try:
        said = table_amount(row.cells[2], currency, ".")
    except AmountError as error:
        report.defects.append(Defect("totals_differ", f"The total was not taken: {error}.", f"line {row.line}"))
        return
    if row.cells[1] != str(len(report.movements)) or said != total:
        text = f"The file says {row.cells[1]} items of {said.to_decimal()}; {len(report.movements)} were read."
        report.defects.append(Defect("totals_differ", text, f"line {row.line}"))
    else:
        report.agree = True
