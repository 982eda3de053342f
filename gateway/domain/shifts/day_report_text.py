"""Day reports as text: what a Z report is stored as, what its digest is taken of, and what the API tells.

The text of a report never changes once it is stored; members may be added to later ones, never renamed.
"""

import hashlib
import json
import uuid
from datetime import datetime
from typing import Any

from gateway.domain.ids import RegisterId, ShiftId
from gateway.domain.money import Currency, Money
from gateway.domain.shifts.day_report import (
    DayReport,
    DocumentSum,
    DrawerLine,
    DrawerSum,
    Flow,
    GroupSum,
    RateSum,
    ReportKind,
    RunningTotals,
    TenderSum,
    Tries,
)

Document = dict[str, Any]


def report_text(report: DayReport) -> str:
    """Return the text of a report, compact and in a stable order."""
    return json.dumps(report_document(report), ensure_ascii=False, separators=(",", ":"))


def digest_of(text: str) -> str:
    """Return the SHA-256 of a report's text, in hex. Each Z report holds that of the one before."""
    return hashlib.sha256(text.encode()).hexdigest()


def report_of_text(text: str) -> DayReport:
    """Read what :func:`report_text` wrote.

    Raises:
        KeyError: it is something else.
    """
    document = json.loads(text)
    return DayReport(
        kind=ReportKind(document["kind"]),
        number=document["number"],
        shift_id=ShiftId(uuid.UUID(document["shift_id"])),
        register_id=RegisterId(document["register_id"]),
        register_name=document["register_name"],
        currency=Currency.of(document["currency"]),
        since=datetime.fromisoformat(document["since"]),
        until=datetime.fromisoformat(document["until"]),
        opened_by=document["opened_by"],
        made_by=document["made_by"],
        tenders=tuple(_tender_of(one) for one in document["tenders"]),
        drawers=tuple(_drawer_of(one) for one in document["drawers"]),
        left=_maybe_money_of(document["left"]),
        sales=_documents_of(document["sales"]),
        give_backs=_documents_of(document["give_backs"]),
        groups=tuple(GroupSum(one["name"], one["quantity"], _money_of(one["amount"])) for one in document["groups"]),
        tries=_tries_of(document["tries"]),
        openings=document["openings"],
        flows=tuple(
            Flow(one["debit"], one["credit"], one["count"], _money_of(one["amount"])) for one in document["flows"]
        ),
        running=_running_of(document["running"]),
        before=document["before"],
    )


def report_document(report: DayReport) -> Document:
    """Return the JSON document of a report."""
    return {
        "kind": report.kind.value,
        "number": report.number,
        "shift_id": str(report.shift_id),
        "register_id": report.register_id,
        "register_name": report.register_name,
        "currency": report.currency.code,
        "since": report.since.isoformat(),
        "until": report.until.isoformat(),
        "opened_by": report.opened_by,
        "made_by": report.made_by,
        "tenders": [_tender(one) for one in report.tenders],
        "drawers": [_drawer(one) for one in report.drawers],
        "left": _maybe_money(report.left),
        "sales": _documents(report.sales),
        "give_backs": _documents(report.give_backs),
        "groups": [{"name": one.name, "quantity": one.quantity, "amount": _money(one.amount)} for one in report.groups],
        "tries": _tries(report.tries),
        "openings": report.openings,
        "flows": [
            {"debit": one.debit, "credit": one.credit, "count": one.count, "amount": _money(one.amount)}
            for one in report.flows
        ],
        "running": _running(report.running),
        "before": report.before,
    }


def _money(money: Money) -> Document:
    return {"amount": money.to_decimal(), "currency": money.currency.code}


def _money_of(document: Document) -> Money:
    return Money.from_decimal(document["amount"], Currency.of(document["currency"]))


def _maybe_money(money: Money | None) -> Document | None:
    return None if money is None else _money(money)


def _maybe_money_of(document: Document | None) -> Money | None:
    return None if document is None else _money_of(document)


def _tender(one: TenderSum) -> Document:
    return {
        "kind": one.kind,
        "taken_count": one.taken_count,
        "taken": _money(one.taken),
        "back_count": one.back_count,
        "back": _money(one.back),
    }


def _tender_of(one: Document) -> TenderSum:
    return TenderSum(
        one["kind"], one["taken_count"], _money_of(one["taken"]), one["back_count"], _money_of(one["back"])
    )


def _drawer(one: DrawerSum) -> Document:
    return {
        "carried": _money(one.carried),
        "lines": [{"kind": line.kind, "count": line.count, "amount": _money(line.amount)} for line in one.lines],
        "balance": _money(one.balance),
        "expected": _maybe_money(one.expected),
        "counted": _maybe_money(one.counted),
        "difference": _maybe_money(one.difference),
    }


def _drawer_of(one: Document) -> DrawerSum:
    return DrawerSum(
        carried=_money_of(one["carried"]),
        lines=tuple(DrawerLine(line["kind"], line["count"], _money_of(line["amount"])) for line in one["lines"]),
        balance=_money_of(one["balance"]),
        expected=_maybe_money_of(one["expected"]),
        counted=_maybe_money_of(one["counted"]),
        difference=_maybe_money_of(one["difference"]),
    )


def _documents(one: DocumentSum) -> Document:
    return {
        "first": one.first,
        "last": one.last,
        "count": one.count,
        "gross": _money(one.gross),
        "rates": [{"rate": rate.rate, "net": _money(rate.net), "tax": _money(rate.tax)} for rate in one.rates],
        "tips": _money(one.tips),
        "discounts": _money(one.discounts),
        "surcharges": _money(one.surcharges),
        "vouchers_sold": _money(one.vouchers_sold),
    }


def _documents_of(one: Document) -> DocumentSum:
    return DocumentSum(
        first=one["first"],
        last=one["last"],
        count=one["count"],
        gross=_money_of(one["gross"]),
        rates=tuple(RateSum(rate["rate"], _money_of(rate["net"]), _money_of(rate["tax"])) for rate in one["rates"]),
        tips=_money_of(one["tips"]),
        discounts=_money_of(one["discounts"]),
        surcharges=_money_of(one["surcharges"]),
        vouchers_sold=_money_of(one["vouchers_sold"]),
    )


def _tries(one: Tries) -> Document:
    return {
        "declined": one.declined,
        "cancelled": one.cancelled,
        "not_charged": one.not_charged,
        "in_doubt": one.in_doubt,
        "in_doubt_amount": _money(one.in_doubt_amount),
    }


def _tries_of(one: Document) -> Tries:
    return Tries(
        one["declined"], one["cancelled"], one["not_charged"], one["in_doubt"], _money_of(one["in_doubt_amount"])
    )


def _running(one: RunningTotals) -> Document:
    return {
        "reports": one.reports,
        "sales": one.sales,
        "taken": _money(one.taken),
        "given_back": _money(one.given_back),
        "last_sale": one.last_sale,
        "last_give_back": one.last_give_back,
    }


def _running_of(one: Document) -> RunningTotals:
    return RunningTotals(
        reports=one["reports"],
        sales=one["sales"],
        taken=_money_of(one["taken"]),
        given_back=_money_of(one["given_back"]),
        last_sale=one["last_sale"],
        last_give_back=one["last_give_back"],
    )
