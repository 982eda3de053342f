"""Figures the review screen reads and adds up by itself: amounts, days and sums, the same as the gateway's."""

from __future__ import annotations

from gateway.domain.documents.invoice_sums import sums_of
from invoice_capture.model import (
    CapturedField,
    CapturedInvoice,
    CapturedLine,
    CapturedTax,
    DocumentType,
    FieldName,
    Mark,
    Method,
)
from tests.e2e.conftest import OpenAs


def test_amounts_and_days_when_typed_as_people_do_then_read_or_refused(open_as: OpenAs) -> None:
    """One page for all of them: a browser is slow to open."""
    amounts = {
        "1234,5": "1234.5",
        "1.234,50": "1234.50",
        "1,234.50": "1234.50",
        "1'234.50": "1234.50",
        "1 234 567,89": "1234567.89",
        "1.234": "1234",
        "0.125": "0.125",
        "−12,00": "-12.00",
        "12.00-": "-12.00",
        "007,10": "7.10",
        ",50": "0.50",
        "1.2.3": None,
        "1,23,456.00": None,
        "12 EUR": None,
        "": None,
        "-": None,
        "--1": None,
    }
    days = {
        "31.7.2026": "2026-07-31",
        "2026-07-31": "2026-07-31",
        "31/7/26": "2026-07-31",
        "7/31/2026": "2026-07-31",
        "29.2.2024": "2024-02-29",
        "29.2.2026": None,
        "31.4.2026": None,
        "soon": None,
    }
    clerk = open_as("ap-clerk")
    clerk.open("/invoices")
    script = """async ([amounts, days]) => {
        const {typedAmount, typedDate} = await import("/static/documents/amounts.js");
        return [amounts.map(typed => typedAmount(typed, 2)), days.map(typedDate)];
    }"""

    found = clerk.page.evaluate(script, [list(amounts), list(days)])

    assert dict(zip(amounts, found[0], strict=True)) == amounts
    assert dict(zip(days, found[1], strict=True)) == days


def test_sums_when_formed_by_the_screen_then_the_same_as_by_the_gateway(open_as: OpenAs) -> None:
    """Both form them on their own: the screen while somebody types, the gateway when a correction arrives."""
    values = {"net": "210.90", "tax": "40.07", "total": "250.97", "prepaid": "50.00", "payable": "200.97"}
    cases = [
        values,
        values | {"total": "260.97"},
        values | {"tax": "40.10"},
        values | {"prepaid": "", "payable": "250.97"},
        values | {"net": "-210.90", "tax": "-40.07", "total": "-250.97", "prepaid": "", "payable": ""},
    ]
    taxes = [{"rate": "19", "base": "210.90", "tax": "40.07"}]
    lines = [{"amount": "146.70"}, {"amount": "64.20"}]
    clerk = open_as("ap-clerk")
    clerk.open("/invoices")
    script = """async ([cases, taxes, lines]) => {
        const {sums} = await import("/static/documents/sums.js");
        const parts = {taxes, lines, adjustments: [], linesAre: "net", decimals: 2};
        const holding = values => sums({values, ...parts}).map(sum => [sum.code, sum.holds]);
        return cases.map(values => Object.fromEntries(holding(values)));
    }"""

    shown = clerk.page.evaluate(script, [cases, taxes, lines])

    assert shown == [_holding(one, taxes, lines) for one in cases]


def _holding(values: dict[str, str], taxes: list[dict[str, str]], lines: list[dict[str, str]]) -> dict[str, bool]:
    """Return which sums of an invoice with these values the gateway finds right."""

    def field(text: str) -> CapturedField:
        return CapturedField(text, text, (), 1.0, Mark.ACCEPT, Method.LABEL)

    invoice = CapturedInvoice(
        DocumentType.INVOICE,
        (1,),
        {FieldName(name): field(text) for name, text in values.items()},
        tuple(CapturedLine(amount=field(line["amount"])) for line in lines),
        tuple(CapturedTax(field(row["rate"]), field(row["base"]), field(row["tax"])) for row in taxes),
    )
    return {check.code: check.holds for check in sums_of(invoice, frozenset({"lines", "taxes", *values}))}
