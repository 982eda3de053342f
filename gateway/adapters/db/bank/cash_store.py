"""What the cash view reads, added up by the database."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import Executable

from gateway.adapters.db.bank import cash_sql
from gateway.adapters.db.ledger_store import SqlLedgerStore
from gateway.adapters.db.payments.mapping import AnyRow
from gateway.adapters.db.statements import Statements
from gateway.domain.bank.cash_position import AccountPosition, AgeClass, CashFlow, FlowKind, OpenLines, age_bounds
from gateway.domain.bank.open_item import ItemSide
from gateway.domain.ids import StoreId, TenantId
from gateway.domain.money import Currency, Money

CARD_DAYS_BACK = 30
"""A card sale that no report told for a month is not expected any more: it is a difference."""
_BANK = "bank/"
_SIDES = {ItemSide.RECEIVABLE: "receivable", ItemSide.PAYABLE: "payable", ItemSide.CARD: "receivable"}


class SqlCashFigures:
    """Sums of the cash view; see ``CashFigures``."""

    __slots__ = ("_statements",)

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    def positions(self, tenant_id: TenantId, store_id: StoreId) -> tuple[AccountPosition, ...]:
        """Return each bank account by the last statement and by the books."""
        place = {"tenant": tenant_id, "store": store_id}
        told = {(row.account, row.currency): row for row in self._statements.rows(cash_sql.STATEMENTS, place)}
        booked = {
            (one.account.removeprefix(_BANK), one.currency.code): one.debits_posted - one.credits_posted
            for one in SqlLedgerStore(self._statements).balances(tenant_id, store_id)
            if one.account.startswith(_BANK)
        }
        found = []
        for account, code in sorted({*told, *booked}):
            row, currency = told.get((account, code)), Currency.of(code)
            found.append(
                AccountPosition(
                    account=account,
                    currency=currency,
                    statement=None if row is None else Money(int(row.minor), currency),
                    statement_on=None if row is None else date.fromisoformat(row.last_day),
                    books=Money(booked.get((account, code), 0), currency),
                )
            )
        return tuple(found)

    def flows(
        self, tenant_id: TenantId, store_id: StoreId, *, today: date, card_days: Mapping[str, int]
    ) -> tuple[CashFlow, ...]:
        """Return what is expected by day and kind."""
        place: dict[str, object] = {"tenant": tenant_id, "store": store_id}
        dialect = self._statements.postgresql
        found: list[CashFlow] = []
        for kind, statement in (
            (FlowKind.PAYABLES, cash_sql.PAYABLES),
            (FlowKind.PAYMENT_ORDERS, cash_sql.PAYMENT_ORDERS),
            (FlowKind.CUSTOMERS, cash_sql.CUSTOMERS[dialect]),
            (FlowKind.TRANSFERS, cash_sql.TRANSFERS[dialect]),
            (FlowKind.PAYOUTS, cash_sql.PAYOUTS),
            (FlowKind.HANDED_IN, cash_sql.HANDED_IN),
        ):
            found += [_flow(kind, row, today) for row in self._statements.rows(statement, place)]
        since = datetime.combine(today - timedelta(days=CARD_DAYS_BACK), time(), UTC)
        for row in self._statements.rows(cash_sql.CARD_SALES[dialect], place | {"since": since}):
            days = card_days.get(row.terminal_id)
            if days is not None:
                flow = _flow(FlowKind.CARD_SALES, row, today)
                found.append(CashFlow(flow.day + timedelta(days=days), flow.kind, flow.amount, flow.count))
        return tuple(sorted((one for one in found if one.amount.minor), key=lambda one: (one.day, one.kind)))

    def ages(
        self, tenant_id: TenantId, store_id: StoreId, today: date, flows: Sequence[CashFlow]
    ) -> tuple[AgeClass, ...]:
        """Return open items by side, currency and age."""
        bounds = age_bounds(today)
        wish: dict[str, object] = {"tenant": tenant_id, "store": store_id, "today": today.isoformat()}
        for name, age in (("days_30", 0), ("days_60", 30), ("days_90", 60)):
            first = bounds[age][0]
            wish[name] = today.isoformat() if first is None else first.isoformat()
        ages = Counter[tuple[str, str, int]]()
        counts = Counter[tuple[str, str, int]]()
        sides: tuple[tuple[str, Executable], ...] = (
            ("payable", cash_sql.PAYABLE_AGES),
            ("", cash_sql.HANDED_IN_AGES),
        )
        for side, statement in sides:
            for row in self._statements.rows(statement, wish):
                key = (side or _SIDES[row.side], row.currency, int(row.age))
                ages[key] += int(row.minor)
                counts[key] += int(row.number)
        for flow in flows:
            if flow.kind is FlowKind.CUSTOMERS:
                key = ("receivable", flow.amount.currency.code, _age(flow.day, bounds))
                ages[key] += flow.amount.minor
                counts[key] += flow.count
        return tuple(
            AgeClass(key[0], Currency.of(key[1]), key[2], Money(ages[key], Currency.of(key[1])), counts[key])
            for key in sorted(counts)
        )

    def open_lines(self, tenant_id: TenantId, store_id: StoreId) -> tuple[OpenLines, ...]:
        """Return statement lines that are not explained, by account and state."""
        rows = self._statements.rows(cash_sql.OPEN_LINES, {"tenant": tenant_id, "store": store_id})
        return tuple(
            OpenLines(
                row.account,
                row.state,
                currency := Currency.of(row.currency),
                int(row.number),
                Money(int(row.incoming), currency),
                Money(int(row.outgoing), currency),
            )
            for row in rows
        )


def _age(day: date, bounds: Mapping[int, tuple[date | None, date | None]]) -> int:
    """Return the class of a due date."""
    return next(
        age for age, (first, last) in bounds.items() if (not first or first <= day) and (not last or day <= last)
    )


def _flow(kind: FlowKind, row: AnyRow, today: date) -> CashFlow:
    day = today if row.day is None else date.fromisoformat(row.day)
    return CashFlow(day, kind, _money(row), int(row.number))


def _money(row: AnyRow) -> Money:
    return Money(int(row.minor), Currency.of(row.currency))
