"""Fetches what an ERP knows of suppliers and orders, from where it was read to, into the house.

A record that cannot be taken does not hold up the others: it is told, and comes again with its next change. Cursors
move only behind what was taken, and taking the same again changes nothing; so a break loses no record.
"""

import hashlib
import logging
from collections import defaultdict
from dataclasses import asdict
from datetime import datetime, timedelta
from decimal import Decimal

from gateway.domain.access import Caller
from gateway.domain.erp.binding import MasterKind, RecordVersion
from gateway.domain.erp.failure import ErpFailure
from gateway.domain.erp.records import ErpRecord, OrderRecord, OrderStatus, RecordKind, VendorRecord
from gateway.domain.errors import GatewayError, OperationalError
from gateway.domain.ids import PurchaseOrderId
from gateway.domain.payables.order_wish import CODE_MAX, LineWish
from gateway.domain.payables.purchase import PurchaseOrder
from gateway.domain.payables.supplier import PaymentTerms
from gateway.logs.observability import log_event
from gateway.ports.clock import Clock
from gateway.ports.erp import GIVES, Capability, ErpConnector
from gateway.ports.erp_store import Place
from gateway.ports.unit_of_work import Storage, UnitOfWork
from gateway.services.erp.take_record import OrderTold, ReceiptTold, ReceivedTold, TakeRecord, VendorTold

_log = logging.getLogger(__name__)

PAGE = 200
"""Records asked for at a time."""
AGAIN_S = 60
"""Seconds until the next look after one that failed."""
KINDS = (RecordKind.VENDOR, RecordKind.ORDER)
"""What is fetched, in this order: an order names its supplier."""


class FetchRecords:
    """Records of one account."""

    def __init__(
        self,
        *,
        storage: Storage,
        clock: Clock,
        caller: Caller,
        account: str,
        connector: ErpConnector,
        take: TakeRecord,
        every_s: int,
    ) -> None:
        """``caller``: in whose name records are stored; ``every_s``: seconds between two looks, > 0."""
        self._storage = storage
        self._clock = clock
        self._caller = caller
        self._place: Place = (caller.tenant_id, caller.store_id)
        self._account = account
        self._connector = connector
        self._take = take
        self._every = timedelta(seconds=every_s)
        self._can: frozenset[Capability] | None = None

    def run(self) -> int:
        """Fetch what is due; return how many records came. A failure of the ERP is noted and ends the look.

        Raises:
            OperationalError: the database is away.
        """
        return sum(self._fetch(kind) for kind in KINDS)

    def _fetch(self, kind: RecordKind) -> int:
        now = self._clock.now()
        cursor = self._storage.write_retrying(
            lambda unit: unit.erp_cursors.take(self._place, self._account, kind, now, now + self._every)
        )
        if cursor is None:
            return 0
        count, refused, last = 0, 0, ""
        try:
            if not self._gives(kind):
                return 0
            complete = False
            while not complete:
                page = self._connector.fetch(kind, cursor, PAGE)
                for record in page.records:
                    words = self._taken(record)
                    refused, last = refused + bool(words), words or last
                count += len(page.records)
                complete = page.complete or page.next_cursor == cursor
                cursor = page.next_cursor
                self._keep(kind, cursor)
        except ErpFailure as failure:
            self._note(kind, f"{failure.failure.value}: {failure.detail}"[:500], now + timedelta(seconds=AGAIN_S))
            return count
        words = f"{refused} of {count} records were not taken; the last: {last}"[:500] if refused else ""
        self._note(kind, words, now + self._every)
        return count

    def _gives(self, kind: RecordKind) -> bool:
        if self._can is None:
            self._can = self._connector.check().capabilities
        return GIVES[kind] in self._can

    def _keep(self, kind: RecordKind, cursor: str) -> None:
        self._storage.write_retrying(lambda unit: unit.erp_cursors.keep(self._place, self._account, kind, cursor))

    def _note(self, kind: RecordKind, words: str, due_at: datetime) -> None:
        self._storage.write_retrying(
            lambda unit: unit.erp_cursors.note(self._place, self._account, kind, words, due_at)
        )

    def _taken(self, record: ErpRecord) -> str:
        """Store a record; return why it was not taken, else empty."""
        try:
            match record:
                case VendorRecord():
                    self._storage.write_retrying(lambda unit: self._vendor(unit, record))
                case OrderRecord():
                    self._storage.write_retrying(lambda unit: self._order(unit, record))
                case _:
                    return ""
        except OperationalError:
            raise
        except GatewayError as error:
            fields = {"account": self._account, "erp_id": record.erp_id, "code": error.code}
            log_event(_log, "erp.record_not_taken", level=logging.WARNING, **fields)
            return f"{record.erp_id}: {error.message}"
        return ""

    def _vendor(self, unit: UnitOfWork, record: VendorRecord) -> None:
        told = VendorTold(
            erp_id=record.erp_id,
            number=record.code or record.erp_id,
            name=record.name,
            currency=None if record.currency is None else record.currency.code,
            vat_ids=(record.vat_id,) if record.vat_id else None,
            registration_id=record.registration or None,
            terms=None if record.terms_days is None else PaymentTerms(record.terms_days),
            blocked=record.blocked,
            ibans=record.ibans,
        )
        self._take.take_in(unit, self._caller, self._account, told, _version(record))

    def _order(self, unit: UnitOfWork, record: OrderRecord) -> None:
        before = self._before(unit, record)
        coded = {} if before is None else {line.line_no: line for line in before.lines}
        lines = []
        for position, line in enumerate(record.lines, start=1):
            number = _line_no(line.line_id, position)
            known = coded.get(number)
            lines.append(
                LineWish(
                    line_no=number,
                    text=line.text or line.sku,
                    quantity=line.ordered,
                    price=line.unit_price,
                    sku=line.sku,
                    unit=line.unit,
                    supplier_sku="" if known is None else known.supplier_sku,
                    # How a line is booked the ERP does not say: it stays as people here have it.
                    tax_code="" if known is None else known.tax_code,
                    account_code="" if known is None else known.account_code,
                    cost_centre="" if known is None else known.cost_centre,
                )
            )
        told = OrderTold(
            erp_id=record.erp_id,
            number=record.number,
            vendor_erp_id=record.vendor_erp_id,
            ordered_on=record.ordered_on,
            currency=record.currency.code,
            lines=tuple(lines),
            closed=record.status is OrderStatus.CLOSED,
        )
        binding = self._take.take_in(unit, self._caller, self._account, told, _version(record))
        self._received(unit, record, PurchaseOrderId(binding.our_id))

    def _before(self, unit: UnitOfWork, record: OrderRecord) -> PurchaseOrder | None:
        bound = unit.erp_bindings.find(self._place, self._account, MasterKind.ORDER, record.erp_id)
        if bound is not None:
            return unit.purchases.order(*self._place, PurchaseOrderId(bound.our_id))
        number = record.number.strip()
        return unit.purchases.orders_by_number(*self._place, [number]).get(number)

    def _received(self, unit: UnitOfWork, record: OrderRecord, order_id: PurchaseOrderId) -> None:
        """Store what arrived or went back since as one delivery: ERPs tell how much has arrived in all.

        A delivery that a person entered here counts: the ERP telling of it later does not make it two. What went back
        is taken off only what came by the ERP.
        """
        here: dict[int, Decimal] = defaultdict(Decimal)
        by_erp: dict[int, Decimal] = defaultdict(Decimal)
        for receipt in unit.purchases.receipts(*self._place, order_id):
            for line in receipt.lines:
                if line.order_id == order_id:
                    here[line.line_no] += line.quantity
                    by_erp[line.line_no] += line.quantity if receipt.number.startswith(f"{record.number} ") else 0
        more = []
        for position, told in enumerate(record.lines, start=1):
            number = _line_no(told.line_id, position)
            change = max(told.received - here[number], Decimal(0)) or min(told.received - by_erp[number], Decimal(0))
            if change:
                more.append(ReceivedTold(record.erp_id, number, change))
        if more:
            version = _version(record)
            name = f"{record.number} {version.text}"[:CODE_MAX]
            day = self._clock.now().date()
            arrived = ReceiptTold(f"{record.erp_id} {version.text}"[:CODE_MAX], name, day, tuple(more))
            self._take.take_in(unit, self._caller, self._account, arrived, version)


def _line_no(line_id: str, position: int) -> int:
    """Return the number of a line as the ERP has it; its place where it has none that is a small number."""
    return int(line_id) if line_id.isascii() and line_id.isdigit() and len(line_id) <= 5 and int(line_id) else position


def _version(record: VendorRecord | OrderRecord) -> RecordVersion:
    """Return the ERP's word for this version; where it has none, one that follows from what it says."""
    if record.version:
        return RecordVersion(record.version[:64])
    return RecordVersion(hashlib.sha256(repr(asdict(record)).encode()).hexdigest()[:32])
