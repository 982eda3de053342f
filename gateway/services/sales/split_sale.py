"""Split a bill into sales: each share has its own lines, taxes, tenders and receipt, and together they are the bill."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import assert_never

from gateway.domain.access import Caller, Permission
from gateway.domain.errors import InputError, RuleError
from gateway.domain.ids import RegisterId, SaleId, SplitId, uuid7
from gateway.domain.money import Money
from gateway.domain.outbox import OutboxMessage
from gateway.domain.sales.bill_split import (
    BillShare,
    ShareLine,
    split_by_amounts,
    split_by_items,
    split_by_persons,
    split_evenly,
)
from gateway.domain.sales.sale import SaleLine
from gateway.domain.sales.tax_lines import Bill, Pricing, TaxedLine, bill_total
from gateway.domain.sales.till_sale import SaleRecord, TillLine, TillSale, check_lines_of_sale
from gateway.ports.unit_of_work import StoredAnswer, UnitOfWork
from gateway.services.first_answers import RequestKey, find_first_answer, first_answer_in
from gateway.services.sales.sell import OpenSale, SaleParts

Render = Callable[[tuple[SaleRecord, ...]], bytes]


class SplitWay(StrEnum):
    """By what a bill is split."""

    EVENLY = "evenly"
    AMOUNTS = "amounts"
    PERSONS = "persons"
    ITEMS = "items"


@dataclass(frozen=True, slots=True)
class SplitCommand:
    """A request to split a bill that is not yet a sale.

    ``persons``: shares, except by amounts; ``takers``: for each line the weight of each person who takes a part of it;
    ``owners``: for each line its person (from 0), None for what follows the goods.
    """

    split_id: SplitId
    register_id: RegisterId
    pricing: Pricing
    lines: tuple[TillLine, ...]
    tip: Money
    customer_id: str | None
    reference: str | None
    way: SplitWay
    persons: int
    amounts: tuple[Money, ...]
    takers: tuple[Mapping[int, int], ...]
    owners: tuple[int | None, ...]
    request: RequestKey


class SplitSale:
    """Stores the shares of a bill, all or none."""

    def __init__(self, parts: SaleParts, open_sale: OpenSale) -> None:
        self._parts = parts
        self._open_sale = open_sale

    def preview(self, caller: Caller, command: SplitCommand) -> tuple[SaleRecord, ...]:
        """Return the shares as they would be stored; nothing is. Errors as :meth:`split`."""
        caller.require(Permission.PAYMENTS_CREATE)
        return tuple(SaleRecord(sale) for sale in self._shares(caller, command))

    def split(self, caller: Caller, command: SplitCommand, render: Render) -> tuple[StoredAnswer, bool]:
        """Store the shares as sales; return the answer and whether it is a replay.

        Raises:
            InputError: as ``check_lines_of_sale`` and ``gateway.domain.sales.bill_split``.
            IdempotencyConflict: ``key_reused``.
            RuleError: ``split_above_total``, ``empty_share`` for a person who would pay nothing, ``sale_exists``.
        """
        caller.require(Permission.PAYMENTS_CREATE)
        replay = find_first_answer(self._parts.storage, caller, command.request)
        if replay is not None:
            return replay, True
        shares = self._shares(caller, command)
        try:
            answer, messages = self._parts.storage.write_retrying(
                lambda unit: self._store(unit, caller, command, shares, render)
            )
        except RuleError:
            # The same request, sent twice at once: the other one has stored these very shares.
            replay = find_first_answer(self._parts.storage, caller, command.request)
            if replay is None:
                raise
            return replay, True
        self._parts.wake(messages)
        return answer, False

    def _store(
        self, unit: UnitOfWork, caller: Caller, command: SplitCommand, shares: tuple[TillSale, ...], render: Render
    ) -> tuple[StoredAnswer, tuple[OutboxMessage, ...]]:
        known = first_answer_in(unit, caller, command.request)
        if known is not None:
            return known, ()
        messages: tuple[OutboxMessage, ...] = ()
        for number, sale in enumerate(shares):
            unit.sales.add_share(sale, number)
            messages += self._open_sale.announce(unit, sale)
        answer = command.request.answer(201, render(tuple(SaleRecord(sale) for sale in shares)))
        unit.sales.keep_answer(caller.tenant_id, caller.store_id, answer, shares[0].created_at)
        return answer, messages

    def _shares(self, caller: Caller, command: SplitCommand) -> tuple[TillSale, ...]:
        bill = Bill(command.pricing, command.tip.currency, tuple(line.taxed for line in command.lines), command.tip)
        check_lines_of_sale(bill, command.lines, bill_total(bill).to_pay)
        shares = _split(bill, command)
        for share in shares:
            if share.total.to_pay.minor <= 0:
                hint = "Split among fewer persons, or give this person something."
                raise RuleError("empty_share", f"Share {share.number + 1} would pay nothing.", hint)
        now = self._parts.clock.now()
        return tuple(
            TillSale(
                tenant_id=caller.tenant_id,
                store_id=caller.store_id,
                id=sale_id,
                register_id=command.register_id,
                pricing=command.pricing,
                currency=bill.currency,
                lines=tuple(_line(part, command.lines[part.number]) for part in share.lines),
                totals=share.total,
                customer_id=command.customer_id,
                reference=command.reference,
                split_of=command.split_id,
                created_at=now,
                created_by=caller.name,
                trace_id=sale_id.hex,
            )
            for share in shares
            for sale_id in (SaleId(uuid7(int(now.timestamp() * 1000))),)
        )


def _split(bill: Bill, command: SplitCommand) -> tuple[BillShare, ...]:
    match command.way:
        case SplitWay.EVENLY:
            return split_evenly(bill, command.persons)
        case SplitWay.AMOUNTS:
            return split_by_amounts(bill, command.amounts)
        case SplitWay.PERSONS:
            return split_by_persons(bill, command.takers, command.persons)
        case SplitWay.ITEMS:
            if len(command.owners) != len(command.lines):
                message = f"The bill has {len(command.lines)} lines, the split {len(command.owners)}."
                raise InputError("line_without_taker", message, "Say for each line who takes it.", "/owners")
            return split_by_items(bill, command.owners, command.persons)
        case _:
            assert_never(command.way)


def _line(part: ShareLine, whole: TillLine) -> TillLine:
    """Return a share's line: the whole one, or one piece of it with what it is a part of."""
    if part.part == 1:
        return whole
    text = f"{part.line.sale_line.text} ({part.part_words()})"
    sold = SaleLine(text, Decimal(1), part.amount, part.amount)
    return TillLine(TaxedLine(part.line.kind, sold, part.line.rate), whole.item_id, voucher=whole.voucher)
