"""Compares a payable with its orders and receipts: two- and three-way, line by line, every exception with figures.

Pure: it reads an :class:`~gateway.domain.payables.matching_book.OrderBook` and changes nothing. The same payable and
the same book give the same result, in whatever order lines, orders and receipts are given.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TypeAlias

from gateway.domain.ids import PurchaseOrderId
from gateway.domain.money import Money
from gateway.domain.payables.coding import Coding
from gateway.domain.payables.consumption import FREIGHT_LINE, Take
from gateway.domain.payables.matching_book import BookLine, OrderBook, number_key
from gateway.domain.payables.matching_checks import (
    agreement_checks,
    order_checks,
    price_check,
    quantity_checks,
    sum_checks,
    total_check,
)
from gateway.domain.payables.matching_freight import freight_match
from gateway.domain.payables.matching_pairs import Pairer, Pairing, role_by_words
from gateway.domain.payables.matching_result import Check, Issue, LineMatch, PayableMatch, Reason, Role
from gateway.domain.payables.matching_tolerances import Tolerances, minor_of
from gateway.domain.payables.matching_totals import WHOLE_LINE, is_whole, totals_match, whole_line
from gateway.domain.payables.matching_units import converted, factor_between
from gateway.domain.payables.payable import Payable, PayableKind, PayableLine
from gateway.domain.payables.purchase import PurchaseOrder

BESIDE_GOODS = frozenset({Role.FREIGHT, Role.SURCHARGE, Role.DISCOUNT, Role.ROUNDING})

HEAD = 0
"""The line number under which a payable's head is told."""

_ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class HandPairing:
    """A person said: this order line."""

    order_id: PurchaseOrderId
    line_no: int


ByHand: TypeAlias = Mapping[int, HandPairing | Coding]
"""What people decided, by line number: an order line, or how it is booked without one."""


def match_payable(payable: Payable, book: OrderBook, tolerances: Tolerances, by_hand: ByHand) -> PayableMatch:
    """Compare one payable.

    Args:
        payable: an invoice, or a credit note (which gives back).
        book: the orders it names, or the open ones of its supplier, with what others have taken.
        tolerances: of the house.
        by_hand: decisions of people, which come before everything else.
    """
    return _Matching(payable, book, tolerances, by_hand).result()


def named_numbers(payable: Payable) -> tuple[str, ...]:
    """Return the order numbers a payable names, on its head and its lines, each once."""
    numbers = [*payable.order_numbers, *(line.order_number for line in payable.lines)]
    return tuple({number_key(number): number.strip() for number in numbers if number.strip()}.values())


class _Matching:
    __slots__ = ("_book", "_by_hand", "_orders", "_pairer", "_payable", "_running", "_sign", "_tolerances", "_unknown")

    def __init__(self, payable: Payable, book: OrderBook, tolerances: Tolerances, by_hand: ByHand) -> None:
        self._payable, self._book = payable, book
        self._tolerances, self._by_hand = tolerances, by_hand
        self._sign = -1 if payable.kind is PayableKind.CREDIT_NOTE else 1
        self._running: dict[tuple[PurchaseOrderId, int], Decimal] = defaultdict(Decimal)
        named = named_numbers(payable)
        known = {order.id: order for number in named if (order := book.order(number)) is not None}
        self._unknown = tuple(number for number in named if book.order(number) is None)
        self._orders: tuple[PurchaseOrder, ...] = tuple(
            sorted(known.values() if named else book.of_supplier(payable.supplier_id), key=lambda one: one.number)
        )
        lines = [line for order in self._orders for line in book.lines(order.id)]
        lines.sort(key=lambda one: (one.order.number, one.line.line_no))
        self._pairer = Pairer(lines, named=bool(named), gives_back=self._sign < 0)

    def result(self) -> PayableMatch:
        whole = is_whole(self._payable)
        if whole and WHOLE_LINE not in self._by_hand and self._orders and named_numbers(self._payable):
            head = totals_match(self._payable, self._orders, self._book, self._tolerances, self._sign)
            return PayableMatch(
                (
                    LineMatch(
                        HEAD,
                        Role.OPEN,
                        Reason.NONE,
                        sum_checks(self._payable, self._tolerances, freight_in_lines=False),
                    ),
                    head,
                )
            )
        lines = [whole_line(self._payable)] if whole else sorted(self._payable.lines, key=lambda line: line.line_no)
        found = self._paired(lines)
        matched = {
            line.line_no: self._goods(line, found[line.line_no])
            if found[line.line_no].lines
            else self._without_order(line, found[line.line_no])
            for line in lines
        }
        extras = [matched[line.line_no] for line in lines]
        return PayableMatch((*self._head(lines, extras), *_booked(extras)))

    def _paired(self, lines: Sequence[PayableLine]) -> dict[int, Pairing]:
        found: dict[int, Pairing] = {}
        left = []
        for line in lines:
            pairing = self._named_or_article(line) or self._pairer.by_text(line)
            if pairing is None and role_by_words(line, self._rounding_line()) is None:
                left.append(line)
            found[line.line_no] = pairing or self._missing(line)
        for line in left:
            others = (other for other in left if other is not line)
            found[line.line_no] = self._pairer.by_price(line, others) or found[line.line_no]
        return found

    def _named_or_article(self, line: PayableLine) -> Pairing | None:
        decided = self._by_hand.get(line.line_no)
        if isinstance(decided, Coding):
            return Pairing((), Reason.BY_HAND)
        if decided is not None:
            chosen = self._book.line(decided.order_id, decided.line_no)
            if chosen is not None:
                return Pairing((chosen,), Reason.BY_HAND)
        number = line.order_number or (self._orders[0].number if len(self._orders) == 1 else "")
        if line.order_line_no is not None and number:
            order = self._book.order(number)
            if order is None:
                return Pairing((), Reason.NONE, issue=Issue.UNKNOWN_ORDER)
            chosen = self._book.line(order.id, line.order_line_no)
            if chosen is not None:
                return Pairing((chosen,), Reason.LINE_NAMED)
        return self._pairer.by_article(line)

    def _missing(self, line: PayableLine) -> Pairing:
        """A line for which no order line was found: what that means depends on what the payable names."""
        own_unknown = line.order_number and self._book.order(line.order_number) is None
        if own_unknown or (self._unknown and not self._orders):
            return Pairing((), Reason.NONE, issue=Issue.UNKNOWN_ORDER)
        if named_numbers(self._payable):
            return Pairing((), Reason.NONE, issue=Issue.UNKNOWN_LINE)
        return Pairing((), Reason.NONE)

    def _goods(self, line: PayableLine, pairing: Pairing) -> LineMatch:
        factor = factor_between(line.unit, pairing.lines[0].line.unit)
        parts = self._parts(pairing.lines, converted(_moved_quantity(line), factor))
        checks = [price_check(line, parts, self._tolerances, self._sign)]
        total = total_check(line, self._tolerances, self._sign)
        if total is not None:
            checks.append(total)
        for one, quantity in parts:
            key = (one.order.id, one.line.line_no)
            before = one.taken.quantity + self._running[key]
            checks += quantity_checks(one, before, quantity * self._sign, self._tolerances)
            self._running[key] += quantity * self._sign
        checks += agreement_checks(line, parts[0][0], units_fit=factor is not None)
        first = parts[0][0].line
        coding = Coding(first.account_code, first.cost_centre, first.tax_code) if first.account_code else None
        return LineMatch(
            line.line_no,
            Role.GOODS,
            pairing.reason,
            tuple(checks),
            self._takes(line, parts),
            tuple(one for one, _ in parts),
            coding=own_coding(line) or coding,
            score=pairing.score,
        )

    def _parts(self, alike: Sequence[BookLine], quantity: Decimal) -> tuple[tuple[BookLine, Decimal], ...]:
        """Fill order lines that are alike one after the other; what is too much stays with the last that took any."""
        parts, left = [], quantity
        for one in alike if len(alike) > 1 else ():
            running = self._running[one.order.id, one.line.line_no]
            room = one.taken.quantity + running if self._sign < 0 else one.open_quantity - running
            part = min(left, max(room, _ZERO))
            if part > 0:
                parts.append((one, part))
                left -= part
        if not parts:
            return ((alike[0], quantity),)
        parts[-1] = (parts[-1][0], parts[-1][1] + left)
        return tuple(parts)

    def _takes(self, line: PayableLine, parts: Sequence[tuple[BookLine, Decimal]]) -> tuple[Take, ...]:
        if len(parts) == 1:
            amounts: Sequence[Money] = (line.amount,)
        else:
            scale = -min(int(quantity.as_tuple().exponent) for _, quantity in parts)
            amounts = line.amount.allocate([int(quantity.scaleb(max(scale, 0))) for _, quantity in parts])
        return tuple(
            Take(
                one.order.id,
                one.order.number,
                one.line.line_no,
                line.line_no,
                quantity * self._sign,
                amount if self._sign > 0 else -amount,
            )
            for (one, quantity), amount in zip(parts, amounts, strict=True)
        )

    def _without_order(self, line: PayableLine, pairing: Pairing) -> LineMatch:
        decided = self._by_hand.get(line.line_no)
        if isinstance(decided, Coding):
            return LineMatch(line.line_no, Role.CODED, Reason.BY_HAND, coding=decided)
        role = role_by_words(line, self._rounding_line())
        if role is not None and self._orders and pairing.issue is not Issue.AMBIGUOUS_LINE:
            return LineMatch(line.line_no, role, Reason.WORDS, coding=own_coding(line))
        if pairing.issue is None:
            return LineMatch(line.line_no, Role.OPEN, Reason.NONE, coding=own_coding(line))
        known = " / ".join(order.number for order in self._orders[:3])
        named = line.order_number or " / ".join(named_numbers(self._payable)[:3])
        actual = named if pairing.issue is Issue.UNKNOWN_ORDER else line.text[:80]
        check = Check(pairing.issue, False, known, actual)
        return LineMatch(
            line.line_no,
            Role.UNPAIRED,
            Reason.NONE,
            (check,),
            candidates=pairing.candidates,
            coding=own_coding(line),
            score=pairing.score,
        )

    def _head(self, lines: Sequence[PayableLine], found: Sequence[LineMatch]) -> tuple[LineMatch, ...]:
        in_lines = any(one.role is Role.FREIGHT for one in found)
        checks = sum_checks(self._payable, self._tolerances, freight_in_lines=in_lines)
        touched = {one.order.id: one.order for match in found for one in match.against}
        orders = sorted(touched.values() if touched else self._named_orders(), key=lambda one: one.number)
        freight_checks, takes = freight_match(
            self._payable, lines, found, orders, self._book, self._tolerances, self._sign
        )
        ordered = [check for order in orders for check in order_checks(order, self._payable)]
        return (LineMatch(HEAD, Role.FREIGHT, Reason.NONE, (*checks, *ordered, *freight_checks), takes),)

    def _named_orders(self) -> Sequence[PurchaseOrder]:
        return self._orders if named_numbers(self._payable) else ()

    def _rounding_line(self) -> int:
        return minor_of(self._tolerances.rounding_line, self._payable.net.currency)


def _moved_quantity(line: PayableLine) -> Decimal:
    """Return what a line bills, below zero where it takes something back, on whichever side it has its sign."""
    takes_back = line.amount.minor < 0 < line.quantity
    return -line.quantity if takes_back else line.quantity


def _booked(found: Sequence[LineMatch]) -> tuple[LineMatch, ...]:
    """Freight, surcharges, discounts and roundings are booked as the goods they came with, unless coded."""
    goods = next((one.coding for one in found if one.role is Role.GOODS and one.coding), None)
    return tuple(replace(one, coding=one.coding or goods) if one.role in BESIDE_GOODS else one for one in found)


def own_coding(line: PayableLine) -> Coding | None:
    """Return how a line says itself that it is booked, None where it does not."""
    return Coding(line.account_code, line.cost_centre, line.tax_code) if line.account_code else None


__all__ = ["FREIGHT_LINE", "ByHand", "HandPairing", "match_payable", "named_numbers", "own_coding"]
