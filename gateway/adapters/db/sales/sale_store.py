"""Till sales in SQL: plain statements, one after the other, under a lock of the sale's row."""

import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Select, Table, bindparam, func, insert, select, text, update
from sqlalchemy.sql.elements import Label

from gateway.adapters.db.column_types import storable
from gateway.adapters.db.payments.mapping import AnyRow, attempt_of, payment_of, refund_of
from gateway.adapters.db.sales.sale_rows import (
    give_back_of,
    give_back_row,
    rates_to_document,
    settlement_of,
    tender_of,
    tender_row,
    texts,
    till_lines_to_document,
    till_sale_of,
    void_of,
)
from gateway.adapters.db.sales.sale_tables import (
    give_back,
    sale_settlement,
    sale_void,
    tender,
    tender_event,
    till_sale,
)
from gateway.adapters.db.statements import Statements
from gateway.adapters.db.tables import FOR_PAYMENT_SQL, attempt, payment, refund, sale, stored_answer
from gateway.domain.cards.payment import Attempt
from gateway.domain.ids import RegisterId, SaleId, SplitId, StoreId, TenantId, TenderId
from gateway.domain.money import Money
from gateway.domain.sales.tender import GiveBack, Tender, TenderState
from gateway.domain.sales.till_sale import SalePayment, SaleRecord, SaleRefund, SaleVoid, Settlement, TillSale
from gateway.ports.payment_store import StoredAnswer
from gateway.ports.sale_store import KeptTender, TenderEnd

RECENT_MAX = 200
"""Sales of one page at most."""
_WORDS = {TenderState.OPEN: "Asked for.", TenderState.TAKEN: "Taken.", TenderState.CANCELLED: "Cancelled."}


def _labelled(*tables: Table) -> list[Label[object]]:
    return [column.label(f"{table.name}_{column.name}") for table in tables for column in table.columns]


def _here(table: Table) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return table.c.tenant_id == bindparam("tenant"), table.c.store_id == bindparam("store")


def _same(left: Table, right: Table, column: str) -> ColumnElement[bool]:
    return (
        (left.c.tenant_id == right.c.tenant_id)
        & (left.c.store_id == right.c.store_id)
        & (left.c[column] == right.c[column])
    )


_SALES = (
    select(*_labelled(till_sale, sale, sale_settlement, sale_void))
    .select_from(
        till_sale.join(sale, _same(sale, till_sale, "sale_id"))
        .outerjoin(sale_settlement, _same(sale_settlement, till_sale, "sale_id"))
        .outerjoin(sale_void, _same(sale_void, till_sale, "sale_id"))
    )
    .where(*_here(till_sale))
)
_LOAD = _SALES.where(till_sale.c.sale_id == bindparam("sale"))
_OF_SPLIT = _SALES.where(till_sale.c.split_of == bindparam("split")).order_by(till_sale.c.share)
_NEWEST = _SALES.order_by(till_sale.c.sale_id.desc()).limit(bindparam("limit"))
_FILTERS: dict[str, ColumnElement[bool]] = {
    "register": till_sale.c.register_id == bindparam("register"),
    "before": till_sale.c.sale_id < bindparam("before"),
    "number": sale_settlement.c.number == bindparam("number"),
}
_LOCK = select(sale.c.sale_id).where(*_here(sale), sale.c.sale_id == bindparam("sale")).with_for_update()
_IS_TILL = select(till_sale.c.sale_id).where(*_here(till_sale), till_sale.c.sale_id == bindparam("sale"))
_TENDERS = (
    select(tender)
    .where(*_here(tender), tender.c.sale_id.in_(bindparam("sales", expanding=True)))
    .order_by(tender.c.created_at, tender.c.tender_id)
)
_GIVE_BACKS = (
    select(give_back)
    .where(*_here(give_back), give_back.c.sale_id.in_(bindparam("sales", expanding=True)))
    .order_by(give_back.c.created_at, give_back.c.give_back_id)
)
_PAYMENTS = (
    select(*_labelled(payment))
    .where(*_here(payment), payment.c.sale_id.in_(bindparam("sales", expanding=True)))
    .order_by(payment.c.created_at, payment.c.payment_id)
)
_ATTEMPTS = (
    select(*_labelled(attempt))
    .where(*_here(attempt), attempt.c.payment_id.in_(bindparam("payments", expanding=True)), text(FOR_PAYMENT_SQL))
    .order_by(attempt.c.payment_id, attempt.c.number)
)
_REFUNDS = (
    select(*_labelled(refund, attempt))
    .select_from(refund.join(attempt, _same(attempt, refund, "attempt_id")))
    .where(*_here(refund), refund.c.payment_id.in_(bindparam("payments", expanding=True)))
    .order_by(refund.c.created_at, refund.c.refund_id)
)
_ONE_TENDER = select(tender).where(*_here(tender), tender.c.tender_id == bindparam("tender"))
_BACK_OF_TENDER = select(func.coalesce(func.sum(give_back.c.amount_minor), 0).label("back")).where(
    *_here(give_back), give_back.c.tender_id == bindparam("tender")
)
_END_TENDER = (
    update(tender)
    .where(*_here(tender), tender.c.tender_id == bindparam("one"), tender.c.state == "open")
    .values(state=bindparam("new_state"), detail=bindparam("new_detail"), ended_at=bindparam("at"))
)
_LAST_EVENT = select(func.coalesce(func.max(tender_event.c.sequence), 0).label("last")).where(
    *_here(tender_event), tender_event.c.tender_id == bindparam("tender")
)


class SqlSaleStore:
    """Till sales of all stores; every call names tenant and store."""

    __slots__ = ("_statements",)

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    def add(self, new: TillSale) -> None:
        """Store a sale; errors as in ``SaleStore``."""
        self.add_share(new, 0)

    def add_share(self, new: TillSale, share: int) -> None:
        """Store a sale that is the share of this number (from 0) of a split bill."""
        place = {"tenant_id": new.tenant_id, "store_id": new.store_id, "sale_id": new.id}
        sold = place | {
            "register_id": new.register_id,
            "total_minor": new.total.minor,
            "currency": new.currency.code,
            # Lines are kept with their taxes beside: receipts of single cards show none of a sale with many tenders.
            "lines": [],
            "created_at": new.created_at,
            "created_by": storable(new.created_by),
        }
        beside = place | {
            "register_id": new.register_id,
            "pricing": new.pricing.value,
            "tip_minor": new.totals.tip.minor,
            "currency": new.currency.code,
            "lines": till_lines_to_document(new.lines),
            "rates": rates_to_document(new.totals),
            "customer_id": None if new.customer_id is None else storable(new.customer_id),
            "reference": None if new.reference is None else storable(new.reference),
            "split_of": new.split_of,
            "share": share,
        }
        self._statements.change(insert(sale), sold)
        self._statements.change(insert(till_sale), beside)

    def lock(self, tenant_id: TenantId, store_id: StoreId, sale_id: SaleId) -> bool:
        """Hold the sale until this unit ends; False if there is none."""
        here = {"tenant": tenant_id, "store": store_id, "sale": sale_id}
        if self._statements.first(_LOCK, here) is None:
            return False
        return self._statements.first(_IS_TILL, here) is not None

    def load(self, tenant_id: TenantId, store_id: StoreId, sale_id: SaleId) -> SaleRecord | None:
        """Return one sale with all its parts, in six statements at most."""
        found = self._records(_LOAD, {"tenant": tenant_id, "store": store_id, "sale": sale_id})
        return found[0] if found else None

    def recent(
        self,
        tenant_id: TenantId,
        store_id: StoreId,
        *,
        limit: int,
        register_id: RegisterId | None = None,
        before: SaleId | None = None,
        number: int | None = None,
    ) -> tuple[SaleRecord, ...]:
        """Return the newest sales by id, at most 200."""
        filters = {"register": register_id, "before": before, "number": number}
        wanted = {name: value for name, value in filters.items() if value is not None}
        query = _NEWEST.where(*(_FILTERS[name] for name in wanted))
        return self._records(
            query, {"tenant": tenant_id, "store": store_id, "limit": max(0, min(limit, RECENT_MAX))} | wanted
        )

    def of_split(self, tenant_id: TenantId, store_id: StoreId, split_id: SplitId) -> tuple[SaleRecord, ...]:
        """Return the shares of a split bill, in their order."""
        return self._records(_OF_SPLIT, {"tenant": tenant_id, "store": store_id, "split": split_id})

    def add_tender(self, new: Tender) -> None:
        """Store a tender with the first line of its journal."""
        self._statements.change(insert(tender), tender_row(new))
        self._add_event(new, 1, new.state, _WORDS[new.state], new.created_by, new.created_at)

    def end_tender(self, tenant_id: TenantId, store_id: StoreId, tender_id: TenderId, end: TenderEnd) -> bool:
        """End an open tender with a line in its journal; False when it is not open any more."""
        here = {"tenant": tenant_id, "store": store_id}
        change = here | {
            "one": tender_id,
            "new_state": end.state.value,
            "new_detail": texts(dict(end.detail)),
            "at": end.at,
        }
        if self._statements.change(_END_TENDER, change) != 1:
            return False
        row = self._statements.first(_ONE_TENDER, here | {"tender": tender_id})
        last = self._statements.first(_LAST_EVENT, here | {"tender": tender_id})
        if row is not None and last is not None:
            self._add_event(tender_of(row), last.last + 1, end.state, end.words, end.actor, end.at)
        return True

    def kept_tender(self, tenant_id: TenantId, store_id: StoreId, tender_id: TenderId) -> KeptTender | None:
        """Return one tender with what is kept of it."""
        here = {"tenant": tenant_id, "store": store_id, "tender": tender_id}
        row = self._statements.first(_ONE_TENDER, here)
        back = self._statements.first(_BACK_OF_TENDER, here)
        if row is None or back is None:
            return None
        found = tender_of(row)
        brought = found.amount.minor if found.state is TenderState.TAKEN else 0
        return KeptTender(found, Money(brought - int(back.back), found.amount.currency))

    def add_give_back(self, back: GiveBack) -> None:
        """Store what goes back; errors as in ``SaleStore``."""
        self._statements.change(insert(give_back), give_back_row(back))

    def settle(self, tenant_id: TenantId, store_id: StoreId, sale_id: SaleId, settlement: Settlement) -> bool:
        """Note that the sale is covered in full; False when that is noted already."""
        row = self._statements.first(_LOAD, {"tenant": tenant_id, "store": store_id, "sale": sale_id})
        if row is None or settlement_of(row) is not None:
            return False
        values = {
            "tenant_id": tenant_id,
            "store_id": store_id,
            "sale_id": sale_id,
            "register_id": row.till_sale_register_id,
            "number": settlement.number,
            "settled_at": settlement.at,
        }
        self._statements.change(insert(sale_settlement), values)
        return True

    def void(self, tenant_id: TenantId, store_id: StoreId, sale_id: SaleId, given_up: SaleVoid) -> None:
        """Note that the sale was given up; errors as in ``SaleStore``."""
        values = {
            "tenant_id": tenant_id,
            "store_id": store_id,
            "sale_id": sale_id,
            "void_id": given_up.id,
            "reason": storable(given_up.reason),
            "voided_at": given_up.at,
            "voided_by": storable(given_up.by),
        }
        self._statements.change(insert(sale_void), values)

    def keep_answer(self, tenant_id: TenantId, store_id: StoreId, answer: StoredAnswer, at: datetime) -> None:
        """Keep the first answer to a request."""
        row = {
            "tenant_id": tenant_id,
            "store_id": store_id,
            "key": answer.key,
            "request_hash": answer.request_hash,
            "status": answer.status,
            "body": answer.body,
            "location": answer.location,
            "created_at": at,
        }
        self._statements.change(insert(stored_answer), row)

    def _add_event(self, of: Tender, sequence: int, state: TenderState, words: str, actor: str, at: datetime) -> None:
        row = {
            "tenant_id": of.tenant_id,
            "store_id": of.store_id,
            "tender_id": of.id,
            "sequence": sequence,
            "state": state.value,
            "words": storable(words),
            "actor": storable(actor),
            "recorded_at": at,
        }
        self._statements.change(insert(tender_event), row)

    def _records(self, query: Select[*tuple[object, ...]], wish: Mapping[str, object]) -> tuple[SaleRecord, ...]:
        rows = self._statements.rows(query, wish)
        if not rows:
            return ()
        here = {"tenant": wish["tenant"], "store": wish["store"]}
        parts = self._parts(here, [row.till_sale_sale_id for row in rows])
        return tuple(
            SaleRecord(
                sale=till_sale_of(row),
                tenders=tuple(parts.tenders[row.till_sale_sale_id]),
                give_backs=tuple(parts.give_backs[row.till_sale_sale_id]),
                payments=tuple(parts.payments[row.till_sale_sale_id]),
                refunds=tuple(parts.refunds[row.till_sale_sale_id]),
                settlement=settlement_of(row),
                void=void_of(row),
            )
            for row in rows
        )

    def _parts(self, here: Mapping[str, object], sales: Sequence[uuid.UUID]) -> "_Parts":
        parts, of_sales = _Parts(), {**here, "sales": sales}
        for row in self._statements.rows(_TENDERS, of_sales):
            parts.tenders[row.sale_id].append(tender_of(row))
        for row in self._statements.rows(_GIVE_BACKS, of_sales):
            parts.give_backs[row.sale_id].append(give_back_of(row))
        paid = self._statements.rows(_PAYMENTS, of_sales)
        if paid:
            self._add_cards(parts, paid, {**here, "payments": [row.payment_payment_id for row in paid]})
        return parts

    def _add_cards(self, parts: "_Parts", paid: Sequence[AnyRow], of_payments: Mapping[str, object]) -> None:
        attempts: dict[uuid.UUID, list[Attempt]] = defaultdict(list)
        for row in self._statements.rows(_ATTEMPTS, of_payments):
            attempts[row.attempt_payment_id].append(attempt_of(row))
        sale_of = {}
        for row in paid:
            one = payment_of(row)
            sale_of[one.id] = one.sale_id
            parts.payments[one.sale_id].append(SalePayment(one, tuple(attempts[one.id])))
        for row in self._statements.rows(_REFUNDS, of_payments):
            given = refund_of(row)
            parts.refunds[sale_of[given.payment_id]].append(SaleRefund(given, attempt_of(row)))


class _Parts:
    """What belongs to several sales, by sale."""

    def __init__(self) -> None:
        self.tenders: dict[uuid.UUID, list[Tender]] = defaultdict(list)
        self.give_backs: dict[uuid.UUID, list[GiveBack]] = defaultdict(list)
        self.payments: dict[uuid.UUID, list[SalePayment]] = defaultdict(list)
        self.refunds: dict[uuid.UUID, list[SaleRefund]] = defaultdict(list)
