"""Reads Stripe's itemised balance and payout reports."""

from collections.abc import Sequence

from connectors.statements.acquirer import MovementKind, MovementRead, ReportRead, report_day
from connectors.statements.amounts import AmountError, known_currency, table_amount
from connectors.statements.statement import PaymentFacts
from connectors.statements.tables import TableRow, cells_by_name
from gateway.domain.money import Money

HEADER = frozenset({"balance_transaction_id", "reporting_category", "gross", "fee", "net", "currency"})
_KINDS = {
    "charge": MovementKind.PAYMENT,
    "payment": MovementKind.PAYMENT,
    "refund": MovementKind.REFUND,
    "partial_capture_reversal": MovementKind.REFUND,
    "charge_failure": MovementKind.REFUND,
    "refund_failure": MovementKind.PAYMENT,
    "dispute": MovementKind.CHARGEBACK,
    "dispute_reversal": MovementKind.CHARGEBACK_REVERSED,
    "fee": MovementKind.FEE,
    "network_cost": MovementKind.FEE,
    "tax": MovementKind.FEE,
    "payout": MovementKind.PAYOUT,
    "payout_reversal": MovementKind.PAYOUT,
    "transfer": MovementKind.PAYOUT,
}


def read_stripe(header: Sequence[str], rows: Sequence[TableRow]) -> ReportRead:
    """Read a report. Gross, fee and net are in units of the currency; a payout written above zero is turned round."""
    report = ReportRead("Stripe balance")
    report.count(header, rows)
    names = [name.lower() for name in header]
    for row in rows:
        cells = cells_by_name(names, row)
        report.id = report.id or cells.get("automatic_payout_id", "")
        report.account = report.account or cells.get("gateway_account", "")
        currency = known_currency(cells.get("currency", "").upper())
        if currency is None:
            report.left_out(row.line, "it names no currency that is known")
            continue
        category = cells.get("reporting_category", "")
        try:
            gross, net = table_amount(cells["gross"], currency), table_amount(cells["net"], currency)
            fee = table_amount(cells.get("fee", "") or "0", currency)
            shown = known_currency(cells.get("customer_facing_currency", "").upper())
            paid = cells.get("customer_facing_amount", "")
            original = table_amount(paid, shown) if shown and paid else None
        except AmountError as error:
            report.left_out(row.line, error)
            continue
        if category == "payout" and net.minor > 0:
            gross, net = -gross, -net
        told = tuple(f"{key} {cells[key]}" for key in ("card_brand", "card_country", "card_funding") if cells.get(key))
        facts = PaymentFacts(
            end_to_end_id=next((cells[key] for key in names if key.startswith("payment_metadata[") and cells[key]), ""),
            instruction_id=cells.get("payment_intent_id", ""),
            bank_ref=cells.get("balance_transaction_id", ""),
            references=tuple(dict.fromkeys(cells[k] for k in ("source_id", "charge_id", "trace_id") if cells.get(k))),
            batch_id=cells.get("automatic_payout_id", ""),
            text=cells.get("description", ""),
            counterparty=cells.get("customer_name", ""),
            party_id=cells.get("customer_email", ""),
            original=original,
            bank_code=cells.get("payment_method_type", ""),
            texts=told,
        )
        report.movements.append(
            MovementRead(
                line=row.line,
                net=net,
                kind=_KINDS.get(category, MovementKind.ADJUSTMENT),
                facts=facts,
                booked_on=report_day(cells.get("created", "")),
                value_on=report_day(cells.get("available_on", "")),
                gross=gross,
                fee=Money(-fee.minor, currency),
                bank_code=category,
            )
        )
    return report
