"""Screens of statements: what came in, one statement with its lines, and whether a month closes."""

import uuid
from calendar import monthrange
from dataclasses import dataclass
from datetime import date

from flask import Blueprint, render_template, request

from gateway.domain.access import Permission
from gateway.domain.bank.bank_statement import BankStatement, StatementId, StatementLine
from gateway.domain.money import Currency, Money
from gateway.services.bank.month_close import MonthState
from gateway.web.auth import caller, requires
from gateway.web.bank.desk_screen import SCRIPT_TEXTS
from gateway.web.bank.line_access import account_choices, account_name, lines
from gateway.web.container import current
from gateway.web.screens import words

ROWS = 100
_UPLOAD_TEXTS = ("lines.csv_", "lines.reading", "lines.held_doubt", "lines.nobody", "lines_defect.", "format.")
_MONTHS = 12

pages = Blueprint("statements_screen", __name__)


@dataclass(frozen=True, slots=True)
class AccountStatements:
    """The statements of one account."""

    name: str
    statements: tuple[BankStatement, ...]


@dataclass(frozen=True, slots=True)
class AccountMonth:
    """How a month of one account stands."""

    account: str
    name: str
    state: MonthState


@pages.get("/bank/statements")
@requires(Permission.STATEMENTS_READ)
def statements() -> str:
    """Show the statements by account, and take new ones."""
    who = caller()
    before = _statement_id(request.args.get("before", ""))
    found = lines().read.statements(who, before=before, limit=ROWS)
    by_account: dict[str, list[BankStatement]] = {}
    for one in found:
        by_account.setdefault(one.account, []).append(one)
    return render_template(
        "bank/statements.html",
        groups=[AccountStatements(account_name(name), tuple(some)) for name, some in sorted(by_account.items())],
        older=f"/bank/statements?before={found[-1].id}" if len(found) == ROWS else "",
        may_work=Permission.STATEMENTS_WORK in who.permissions,
        bytes_max=current().till.documents.receive.bytes_max,
        texts=words().part(*SCRIPT_TEXTS, *_UPLOAD_TEXTS),
    )


@pages.get("/bank/statements/<uuid:statement_id>")
@requires(Permission.STATEMENTS_READ)
def statement(statement_id: uuid.UUID) -> str:
    """Show one statement with its lines, and what a person decides where it does not add up."""
    who = caller()
    detail = lines().read.statement(who, StatementId(statement_id))
    return render_template(
        "bank/statement.html",
        detail=detail,
        account_name=account_name(detail.statement.account),
        moved=_moved(detail.statement.currency, detail.lines),
        may_decide=Permission.STATEMENTS_APPROVE in who.permissions,
        texts=words().part(*SCRIPT_TEXTS),
    )


@pages.get("/bank/months")
@requires(Permission.STATEMENTS_READ)
def months() -> str:
    """Show for each account whether a month closes: every line explained, nothing left unexplained."""
    who = caller()
    first = _month(request.args.get("month", ""))
    last = first.replace(day=monthrange(first.year, first.month)[1])
    found = [
        AccountMonth(account, name, lines().months.look(who, account, first.year, first.month))
        for account, name in account_choices(who)
    ]
    return render_template(
        "bank/months.html",
        month=f"{first:%Y-%m}",
        months=found,
        first_day=first.isoformat(),
        last_day=last.isoformat(),
    )


def _moved(currency: Currency, found: tuple[StatementLine, ...]) -> list[Money]:
    whole = [
        line.facts.amount.minor for line in found if line.parent is None and line.facts.amount.currency == currency
    ]
    return [Money(sum(whole), currency)]


def _month(text: str) -> date:
    """Return the first day of the month that was asked for, or of this one."""
    year, _, number = text.partition("-")
    if year.isdigit() and number.isdigit() and 1 <= int(number) <= _MONTHS and 1 <= int(year) < date.max.year:
        return date(int(year), int(number), 1)
    today = current().clock.now().astimezone(current().settings.zone).date()
    return today.replace(day=1)


def _statement_id(text: str) -> StatementId | None:
    try:
        return StatementId(uuid.UUID(text)) if text else None
    except ValueError:
        return None
