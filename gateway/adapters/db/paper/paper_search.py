"""The search over everything that moved money, in SQL: one statement for each kind of thing and meaning of a word.

Amounts, running numbers, cards and codes are found by indexes. Words and the ends of ids are looked for in every row of
the store; that is quick enough for the years a shop keeps (docs/performance.md).
"""

import functools
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import (
    ColumnElement,
    Select,
    Table,
    Text,
    Uuid,
    and_,
    bindparam,
    cast,
    func,
    literal,
    literal_column,
    null,
    or_,
    select,
    true,
)

from gateway.adapters.db.credit.credit_tables import transfer_order, voucher
from gateway.adapters.db.paper.paper_tables import AUTHORISATION_SQL, CARD_TAIL_SQL
from gateway.adapters.db.payments.mapping import AnyRow
from gateway.adapters.db.payments.reservation_tables import reservation
from gateway.adapters.db.sales.sale_tables import give_back, sale_settlement, sale_void, tender, till_sale
from gateway.adapters.db.shifts.shift_tables import document_number
from gateway.adapters.db.statements import Statements
from gateway.adapters.db.tables import attempt, payment, refund, sale
from gateway.domain.ids import RegisterId, StoreId, TenantId
from gateway.domain.journal import Clue, ClueKind, Hit, ThingKind
from gateway.domain.money import Currency, Money

FOUND_MAX = 500
"""Things of one kind found at once."""
_INTEGER_MAX = 2**31 - 1
_ID_DIGITS = 32
_Wanted = Select[tuple[object, ...]]


def _of_store(table: Table) -> ColumnElement[bool]:
    return and_(table.c.tenant_id == bindparam("tenant"), table.c.store_id == bindparam("store"))


def _same_store(one: Table, other: Table) -> ColumnElement[bool]:
    return and_(one.c.tenant_id == other.c.tenant_id, one.c.store_id == other.c.store_id)


def _facts(
    kind: ThingKind,
    table: Table,
    key: str,
    *,
    state: ColumnElement[str],
    detail: ColumnElement[str],
    sale_id: ColumnElement[object] | None = None,
    amount: str = "amount_minor",
) -> _Wanted:
    register = table.c.register_id if "register_id" in table.c else null()
    return select(
        literal(kind.value).label("kind"),
        table.c[key].label("thing_id"),
        table.c.created_at.label("at"),
        table.c[amount].label("minor"),
        table.c.currency.label("currency"),
        register.label("register_id"),
        (cast(null(), Uuid) if sale_id is None else sale_id).label("sale_id"),
        state.label("state"),
        table.c.created_by.label("who"),
        func.coalesce(detail, "").label("detail"),
    ).where(_of_store(table))


def _state_of_payment() -> ColumnElement[str]:
    last = (
        select(attempt.c.state)
        .where(_same_store(attempt, payment), attempt.c.payment_id == payment.c.payment_id)
        .where(attempt.c.purpose == "payment")
        .order_by(attempt.c.number.desc())
        .limit(1)
    )
    return last.scalar_subquery()


def _state_of_refund() -> ColumnElement[str]:
    only = select(attempt.c.state).where(_same_store(attempt, refund), attempt.c.attempt_id == refund.c.attempt_id)
    return only.scalar_subquery()


def _state_of_sale() -> ColumnElement[str]:
    settled = select(literal("settled")).where(
        _same_store(sale_settlement, sale), sale_settlement.c.sale_id == sale.c.sale_id
    )
    voided = select(literal("voided")).where(_same_store(sale_void, sale), sale_void.c.sale_id == sale.c.sale_id)
    return func.coalesce(settled.scalar_subquery(), voided.scalar_subquery(), "open")


_NOTHING = literal("")
_PAYMENTS = _facts(
    ThingKind.PAYMENT,
    payment,
    "payment_id",
    state=_state_of_payment(),
    detail=payment.c.reference,
    sale_id=payment.c.sale_id,
)
_REFUNDS = _facts(ThingKind.REFUND, refund, "refund_id", state=_state_of_refund(), detail=refund.c.reason)
# A sale of a card alone is found as its payment.
_SALES = _facts(
    ThingKind.SALE,
    sale,
    "sale_id",
    state=_state_of_sale(),
    detail=till_sale.c.reference,
    sale_id=sale.c.sale_id,
    amount="total_minor",
).join(till_sale, and_(_same_store(till_sale, sale), till_sale.c.sale_id == sale.c.sale_id))
_TENDERS = _facts(
    ThingKind.TENDER, tender, "tender_id", state=tender.c.state, detail=tender.c.kind, sale_id=tender.c.sale_id
)
_GIVE_BACKS = _facts(
    ThingKind.GIVE_BACK,
    give_back,
    "give_back_id",
    state=_NOTHING,
    detail=give_back.c.reason,
    sale_id=give_back.c.sale_id,
)
_VOUCHERS = _facts(
    ThingKind.VOUCHER,
    voucher,
    "voucher_id",
    state=voucher.c.kind,
    detail=voucher.c.code_end,
    sale_id=voucher.c.sale_id,
)
_RESERVATIONS = _facts(
    ThingKind.RESERVATION, reservation, "reservation_id", state=_NOTHING, detail=reservation.c.reference
)


@dataclass(frozen=True, slots=True)
class _Thing:
    """Where one kind of thing is looked at: its facts, and the columns of its amount, its id and its words."""

    facts: _Wanted
    table: Table
    key: str
    amount: str = "amount_minor"
    words: tuple[str, ...] = ("created_by",)

    @property
    def id(self) -> ColumnElement[uuid.UUID]:
        return self.table.c[self.key]


_REFUNDS_SINCE = (
    _REFUNDS.where(refund.c.created_at >= bindparam("since", type_=refund.c.created_at.type))
    .order_by(refund.c.refund_id.desc())
    .limit(FOUND_MAX)
)
_GIVEN_BACK = (
    select(refund.c.payment_id, func.sum(refund.c.amount_minor).label("minor"))
    .join(attempt, and_(_same_store(attempt, refund), attempt.c.attempt_id == refund.c.attempt_id))
    .where(
        _of_store(refund),
        refund.c.payment_id.in_(bindparam("payments", expanding=True)),
        attempt.c.state == "approved",
    )
    .group_by(refund.c.payment_id)
)
_THINGS = (
    _Thing(_PAYMENTS, payment, "payment_id", words=("reference", "created_by")),
    _Thing(_REFUNDS, refund, "refund_id", words=("reason", "created_by")),
    _Thing(_SALES, sale, "sale_id", amount="total_minor"),
    _Thing(_TENDERS, tender, "tender_id"),
    _Thing(_GIVE_BACKS, give_back, "give_back_id", words=("reason", "created_by")),
    _Thing(_VOUCHERS, voucher, "voucher_id"),
    _Thing(_RESERVATIONS, reservation, "reservation_id", words=("reference", "created_by")),
)


class SqlJournalSearch:
    """Searches one store at a time."""

    __slots__ = ("_statements",)

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    def find(
        self,
        tenant_id: TenantId,
        store_id: StoreId,
        clue: Clue | None,
        *,
        since: datetime | None,
        until: datetime | None,
        limit: int,
    ) -> tuple[Hit, ...]:
        """Return at most ``limit`` things of each kind that fit, newest first; without a clue all of the window."""
        wish: dict[str, object] = {"tenant": tenant_id, "store": store_id, "limit": min(limit, FOUND_MAX)}
        if since is not None and until is not None:
            wish |= {"since": since, "until": until}
        if clue is not None:
            number = min(clue.number, _INTEGER_MAX)
            wish |= {"minor": clue.minor, "number": number, "sought": clue.text, "pattern": _pattern(clue.text)}
            wish |= {"ending": f"%{clue.text}"}
        windowed = since is not None
        if clue is not None and clue.kind is ClueKind.ID and len(clue.text) == _ID_DIGITS:
            wish |= {"whole": uuid.UUID(clue.text)}
            statements = _statements_of_id(windowed=windowed)
        else:
            statements = _statements(None if clue is None else clue.kind, windowed=windowed)
        return tuple(_hit_of(row, clue) for statement in statements for row in self._statements.rows(statement, wish))

    def refunds_since(self, tenant_id: TenantId, store_id: StoreId, since: datetime) -> tuple[Hit, ...]:
        """Return the refunds that were given since then, newest first, at most 500."""
        rows = self._statements.rows(_REFUNDS_SINCE, {"tenant": tenant_id, "store": store_id, "since": since})
        return tuple(hit for row in rows if (hit := _hit_of(row, None)).state == "approved")

    def given_back(
        self, tenant_id: TenantId, store_id: StoreId, payment_ids: Sequence[uuid.UUID]
    ) -> Mapping[uuid.UUID, int]:
        """Return what was given back of these payments, in minor units of each; what nothing was of is left out."""
        if not payment_ids:
            return {}
        wish = {"tenant": tenant_id, "store": store_id, "payments": list(payment_ids)}
        return {row.payment_id: int(row.minor) for row in self._statements.rows(_GIVEN_BACK, wish)}


@functools.cache
def _statements(kind: ClueKind | None, *, windowed: bool) -> tuple[_Wanted, ...]:
    """Return what is to be asked for one kind of clue."""
    return tuple(
        _asked(thing, condition, windowed=windowed) for thing in _THINGS for condition in _conditions(kind, thing)
    )


def _asked(thing: _Thing, condition: ColumnElement[bool], *, windowed: bool) -> _Wanted:
    statement = thing.facts.where(condition)
    if windowed:
        at = thing.table.c.created_at
        since, until = bindparam("since", type_=at.type), bindparam("until", type_=at.type)
        statement = statement.where(at >= since, at < until)
    return statement.order_by(thing.id.desc()).limit(bindparam("limit"))


@functools.cache
def _statements_of_id(*, windowed: bool) -> tuple[_Wanted, ...]:
    """Return what is to be asked for one whole id."""
    return tuple(_asked(thing, condition, windowed=windowed) for thing in _THINGS for condition in _by_whole_id(thing))


def _conditions(kind: ClueKind | None, thing: _Thing) -> tuple[ColumnElement[bool], ...]:
    return (true(),) if kind is None else _BY_KIND[kind](thing)


def _by_amount(thing: _Thing) -> tuple[ColumnElement[bool], ...]:
    own = thing.table.c[thing.amount] == bindparam("minor")
    return (own, tender.c.given_minor == bindparam("minor")) if thing.table is tender else (own,)


def _by_id(thing: _Thing) -> tuple[ColumnElement[bool], ...]:
    # The last twelve digits of an id stand together on both databases, with or without hyphens before them.
    return (cast(thing.id, Text).like(bindparam("ending")),)


def _by_whole_id(thing: _Thing) -> tuple[ColumnElement[bool], ...]:
    return (thing.id == bindparam("whole", type_=thing.id.type),)


def _by_words(thing: _Thing) -> tuple[ColumnElement[bool], ...]:
    columns = [thing.table.c[name] for name in thing.words]
    if thing.table is sale:
        columns.append(till_sale.c.reference)
    return (or_(*(func.lower(column).like(bindparam("pattern"), escape="\\") for column in columns)),)


def _by_card(thing: _Thing) -> tuple[ColumnElement[bool], ...]:
    return _by_attempt(thing, _indexed("card_masked", CARD_TAIL_SQL))


def _by_code(thing: _Thing) -> tuple[ColumnElement[bool], ...]:
    found = _by_attempt(thing, _indexed("authorisation", AUTHORISATION_SQL))
    if thing.table is voucher:
        return (voucher.c.code_end == bindparam("sought"),)
    if thing.table is tender:
        asked = select(transfer_order.c.tender_id).where(
            _of_store(transfer_order), transfer_order.c.reference == bindparam("sought")
        )
        return (tender.c.tender_id.in_(asked),)
    return found


def _by_number(thing: _Thing) -> tuple[ColumnElement[bool], ...]:
    if thing.table in (sale, give_back):
        numbered = select(document_number.c.document_id).where(
            _of_store(document_number), document_number.c.number == bindparam("number")
        )
        return (thing.id.in_(numbered),)
    trace = _by_attempt(thing, attempt.c.trace_no == bindparam("number"))
    return (*trace, *_by_attempt(thing, attempt.c.receipt_no == bindparam("number")))


def _by_attempt(thing: _Thing, condition: ColumnElement[bool]) -> tuple[ColumnElement[bool], ...]:
    """Return the condition that a payment or refund has an attempt which fits."""
    column = {"payment": attempt.c.payment_id, "refund": attempt.c.attempt_id}.get(thing.table.name)
    if column is None:
        return ()
    own = payment.c.payment_id if thing.table is payment else refund.c.attempt_id
    fitting = select(column).where(_of_store(attempt), attempt.c.purpose == thing.table.name, condition)
    return (own.in_(fitting),)


def _indexed(field: str, words: str) -> ColumnElement[bool]:
    """Return a condition in the very words of its index and of the rows in it: the index is used for no others."""
    known = literal_column(f"result ->> '{field}'", Text).is_not(None)
    return and_(known, literal_column(words, Text) == bindparam("sought"))


_BY_KIND: Mapping[ClueKind, Callable[[_Thing], tuple[ColumnElement[bool], ...]]] = {
    ClueKind.AMOUNT: _by_amount,
    ClueKind.NUMBER: _by_number,
    ClueKind.CARD: _by_card,
    ClueKind.CODE: _by_code,
    ClueKind.ID: _by_id,
    ClueKind.WORDS: _by_words,
}


def _pattern(word: str) -> str:
    escaped = word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"


def _hit_of(row: AnyRow, clue: Clue | None) -> Hit:
    return Hit(
        kind=ThingKind(row.kind),
        id=row.thing_id,
        at=row.at,
        amount=Money(row.minor, Currency.of(row.currency)),
        register_id=None if row.register_id is None else RegisterId(row.register_id),
        sale_id=row.sale_id,
        state=row.state or "",
        who=row.who,
        detail=row.detail,
        clues=frozenset() if clue is None else frozenset({clue.kind}),
    )
