"""Pay links: make one, let the payer choose a bank transfer, begin the card payment at a terminal of the shop.

The payer has no name here: who holds the token may look and choose, nothing else. The sale behind a link holds the rule
that no more is paid than it costs, so the two ways can never both end in money without somebody being told.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace

from gateway.domain.access import Caller, Permission
from gateway.domain.bank.transfer_order import TransferOrder, TransferState
from gateway.domain.credit.pay_link import (
    ROUNDS_MAX,
    PayLink,
    PayLinkId,
    PayLinkState,
    check_may_choose,
    state_of,
)
from gateway.domain.credit.voucher_code import TILL_SIGNS, CodeMaker, read_code, token_hash
from gateway.domain.errors import InputError, NotFound, RuleError
from gateway.domain.ids import PaymentId, StoreId, TenantId, TenderId, uuid7
from gateway.domain.outbox import OutboxMessage
from gateway.domain.sales.tender import TenderEvent, TenderKind
from gateway.logs.observability import log_event
from gateway.ports.unit_of_work import StoredAnswer, UnitOfWork
from gateway.services.answer_once import answer_once
from gateway.services.credit.code_tries import CodeTries
from gateway.services.credit.make_pay_link import LIFE_MAX, PayLinkCommand, new_link, sale_of_link
from gateway.services.credit.tender_way_transfer import order_of_tender
from gateway.services.first_answers import RequestKey
from gateway.services.sales.read_sales import read_sale
from gateway.services.sales.sell import EndTender, OpenSale, SaleParts, TakeTender, TenderCommand
from gateway.services.sales.tender_ways import TenderWish

_log = logging.getLogger(__name__)

PAYER = "pay link"
"""What journals call somebody who pays by a link."""


@dataclass(frozen=True, slots=True)
class PayLinkView:
    """A link as it is now. ``transfer``: the one that was chosen last, if any."""

    link: PayLink
    state: PayLinkState
    transfer: TransferOrder | None


Render = Callable[[PayLinkView], bytes]


class PayLinks:
    """Pay links of one store."""

    def __init__(
        self,
        parts: SaleParts,
        *,
        tenant_id: TenantId,
        store_id: StoreId,
        codes: Callable[[], CodeMaker],
        tries: CodeTries,
    ) -> None:
        self._parts = parts
        self._place = (tenant_id, store_id)
        self._codes = codes
        self._tries = tries
        self._open_sale = OpenSale(parts)
        self._take_tender = TakeTender(parts)
        self._end_tender = EndTender(parts)

    def create(self, caller: Caller, command: PayLinkCommand, render: Render) -> tuple[StoredAnswer, str, bool]:
        """Make a link; return the answer, its token, and whether it is a replay. No stored answer holds the token.

        Raises:
            InputError: ``amount_needed``, ``amount_not_positive``, ``pay_link_expiry``, ``currency_mismatch``.
            NotFound: ``sale_not_found``.
            RuleError: ``more_than_due``, ``pay_link_exists``.
            IdempotencyConflict: ``key_reused``.
        """
        caller.require(Permission.PAYMENTS_CREATE)
        now = self._parts.clock.now()
        if not now < command.expires_at <= now + LIFE_MAX:
            hint = f"Use an instant from now on, at most {LIFE_MAX.days} days ahead."
            raise InputError("pay_link_expiry", "A link cannot end then.", hint, "/expires_at")
        stored: list[OutboxMessage] = []

        def work(unit: UnitOfWork) -> StoredAnswer:
            stored.clear()
            if unit.pay_links.load(*self._place, command.link_id) is not None:
                raise RuleError("pay_link_exists", "A link with this id is stored.", "Make a new id.")
            record, messages = sale_of_link(unit, caller, command, now, self._open_sale)
            stored.extend(messages)
            link, token = new_link(caller, command, record, now, self._codes())
            unit.pay_links.add(link, token)
            return command.request.answer(201, render(PayLinkView(link, PayLinkState.OPEN, None)))

        answer, replayed = answer_once(self._parts.storage, caller, command.request, work, now)
        self._parts.wake(stored)
        return answer, self.token(caller, command.link_id), replayed

    def token(self, caller: Caller, link_id: PayLinkId) -> str:
        """Return the token of a link, made again from the key of the house.

        Raises:
            NotFound: ``pay_link_not_found``.
            RuleError: ``pay_link_of_other_key`` when it was made with another key.
        """
        caller.require(Permission.PAYMENTS_CREATE)
        with self._parts.storage.read() as unit:
            stored = unit.pay_links.token_of(*self._place, link_id)
        if stored is None:
            raise _not_found()
        token = self._codes().token(link_id.bytes, stored.salt)
        if token_hash(token) != stored.hash:
            hint = "Make a new link, and cancel this one."
            raise RuleError("pay_link_of_other_key", "The address of this link cannot be told any more.", hint)
        return token

    def get(self, caller: Caller, link_id: PayLinkId) -> PayLinkView:
        """Return one link.

        Raises:
            NotFound: ``pay_link_not_found``.
        """
        caller.require(Permission.PAYMENTS_READ)
        with self._parts.storage.read() as unit:
            return self._view(unit, _found(unit.pay_links.load(*self._place, link_id)))

    def list(self, caller: Caller, *, limit: int, before: PayLinkId | None = None) -> tuple[PayLinkView, ...]:
        """Return links, newest first."""
        caller.require(Permission.PAYMENTS_READ)
        with self._parts.storage.read() as unit:
            found = unit.pay_links.list(*self._place, limit=limit, before=before)
            return tuple(self._view(unit, link) for link in found)

    def find_by_till_code(self, caller: Caller, text: str) -> PayLinkView:
        """Return the link whose code a payer shows at the till.

        Raises:
            InputError: ``unknown_pay_code``, the same for a wrong code and for one of nothing.
            TooManyCodes: this caller has tried too many wrong ones.
        """
        caller.require(Permission.PAYMENTS_CREATE)
        self._tries.check(caller.id)
        code = read_code(text, TILL_SIGNS)
        with self._parts.storage.read() as unit:
            link = None if code is None else unit.pay_links.find_by_till_code(*self._place, code)
            if link is not None:
                return self._view(unit, link)
        self._tries.count_wrong(caller.id)
        hint = "Type the code as it stands on the payer's screen."
        raise InputError("unknown_pay_code", "No payment has this code.", hint, "/code")

    def claim_for_terminal(self, caller: Caller, link_id: PayLinkId, payment_id: PaymentId) -> PayLink:
        """Let a till begin the card payment: a transfer that was chosen is given up, so that only the card is left.

        The same payment again is the same claim.

        Raises:
            NotFound: ``pay_link_not_found``.
            RuleError: ``pay_link_under_way``, ``pay_link_paid``, ``pay_link_expired``, ``pay_link_cancelled``.
        """
        caller.require(Permission.PAYMENTS_CREATE)

        def work(unit: UnitOfWork) -> tuple[PayLink, tuple[OutboxMessage, ...]]:
            view = self._held(unit, link_id)
            if view.link.payment_id == payment_id:
                return view.link, ()
            check_may_choose(view.state)
            messages = self._release(unit, caller, view)
            claimed = replace(view.link, payment_id=payment_id)
            unit.pay_links.change(claimed)
            return claimed, messages

        link, messages = self._parts.storage.write_retrying(work)
        self._parts.wake(messages)
        return link

    def cancel(self, caller: Caller, link_id: PayLinkId) -> PayLinkView:
        """Let nobody choose a way any more; a transfer that was chosen is given up. One that is cancelled stays so.

        Raises:
            NotFound: ``pay_link_not_found``.
            RuleError: ``pay_link_under_way``, ``pay_link_paid``.
        """
        caller.require(Permission.PAYMENTS_CANCEL)

        def work(unit: UnitOfWork) -> tuple[PayLinkView, tuple[OutboxMessage, ...]]:
            view = self._held(unit, link_id)
            if view.state is PayLinkState.CANCELLED:
                return view, ()
            if view.state is not PayLinkState.EXPIRED:
                check_may_choose(view.state)
            messages = self._release(unit, caller, view)
            ended = replace(view.link, cancelled_at=self._parts.clock.now(), cancelled_by=caller.name)
            unit.pay_links.change(ended)
            return self._view(unit, ended), messages

        view, messages = self._parts.storage.write_retrying(work)
        self._parts.wake(messages)
        log_event(_log, "pay_link.cancelled", link_id=link_id, actor=caller.name)
        return view

    def for_payer(self, token: str) -> PayLinkView:
        """Return the link of a token.

        Raises:
            NotFound: ``pay_link_not_found``, the same for a wrong token and for one of nothing.
        """
        with self._parts.storage.read() as unit:
            return self._view(unit, _found(unit.pay_links.find_by_token(*self._place, token_hash(token))))

    def offers_transfer(self, link: PayLink) -> bool:
        """Return whether this shop takes a bank transfer of this amount."""
        wish = TenderWish(link.sale_id, link.register_id, TenderKind.TRANSFER, link.amount)
        try:
            self._parts.way(TenderKind.TRANSFER).check(self._payer(link), wish)
        except (InputError, RuleError):
            return False
        return True

    def choose_transfer(self, token: str) -> PayLinkView:
        """Let the payer pay by bank transfer: the sale gets an open tender with a code to scan.

        Raises:
            NotFound: ``pay_link_not_found``.
            RuleError: as :func:`check_may_choose`; ``more_than_due``, ``pay_link_rounds``, ``transfers_not_set_up``,
                ``transfer_currency``.
        """
        link_id = self.for_payer(token).link.id

        def work(unit: UnitOfWork) -> tuple[PayLinkView, tuple[OutboxMessage, ...]]:
            view = self._held(unit, link_id)
            if view.state is PayLinkState.WAITING:
                return view, ()
            check_may_choose(view.state)
            if view.link.round >= ROUNDS_MAX:
                raise RuleError("pay_link_rounds", "The way was changed too often.", "Ask the shop.")
            chosen = replace(view.link, round=view.link.round + 1)
            # As a client makes it: the tender is ended over the API like any other.
            tender_id = TenderId(uuid7(int(self._parts.clock.now().timestamp() * 1000)))
            record = read_sale(unit, self._payer(chosen), chosen.sale_id)
            way = self._parts.way(TenderKind.TRANSFER)
            command = _tender(chosen, tender_id)
            _, messages = self._take_tender.take_in(unit, self._payer(chosen), command, way, record)
            chosen = replace(chosen, transfer_id=order_of_tender(tender_id))
            unit.pay_links.change(chosen)
            return self._view(unit, chosen), messages

        view, messages = self._parts.storage.write_retrying(work)
        self._parts.wake(messages)
        return view

    def give_transfer_up(self, token: str) -> PayLinkView:
        """Let the payer choose again. Money that arrives all the same becomes a task of the shop.

        Raises:
            NotFound: ``pay_link_not_found``.
            RuleError: as :func:`check_may_choose`.
        """
        link_id = self.for_payer(token).link.id

        def work(unit: UnitOfWork) -> tuple[PayLinkView, tuple[OutboxMessage, ...]]:
            view = self._held(unit, link_id)
            check_may_choose(view.state)
            messages = self._release(unit, self._payer(view.link), view)
            return self._view(unit, view.link), messages

        view, messages = self._parts.storage.write_retrying(work)
        self._parts.wake(messages)
        return view

    def _held(self, unit: UnitOfWork, link_id: PayLinkId) -> PayLinkView:
        """Hold the sale first, then its link, as everybody does."""
        link = _found(unit.pay_links.load(*self._place, link_id))
        unit.sales.lock(*self._place, link.sale_id)
        return self._view(unit, _found(unit.pay_links.lock(*self._place, link_id)))

    def _view(self, unit: UnitOfWork, link: PayLink) -> PayLinkView:
        record = read_sale(unit, self._payer(link), link.sale_id)
        found = None if link.transfer_id is None else unit.transfer_orders.load(*self._place, link.transfer_id)
        order = None if found is None else found.order
        state = state_of(link, record, None if order is None else order.state, self._parts.clock.now())
        return PayLinkView(link, state, order)

    def _release(self, unit: UnitOfWork, caller: Caller, view: PayLinkView) -> tuple[OutboxMessage, ...]:
        if view.transfer is None or view.transfer.state is not TransferState.OPEN:
            return ()
        transfer, words = view.transfer, "Another way was chosen."
        _, _, messages = self._end_tender.end_in(
            unit, caller, transfer.sale_id, transfer.tender_id, TenderEvent.CANCEL, words
        )
        return messages

    def _payer(self, link: PayLink) -> Caller:
        rights = frozenset({Permission.PAYMENTS_CREATE, Permission.PAYMENTS_CANCEL, Permission.PAYMENTS_READ})
        return Caller(*self._place, link.id, PAYER, rights)


def _tender(link: PayLink, tender_id: TenderId) -> TenderCommand:
    return TenderCommand(
        tender_id=tender_id,
        sale_id=link.sale_id,
        register_id=link.register_id,
        kind=TenderKind.TRANSFER,
        amount=link.amount,
        given=None,
        customer_id=None,
        code="",
        request=RequestKey(str(tender_id), "", ""),
    )


def _found(link: PayLink | None) -> PayLink:
    if link is None:
        raise _not_found()
    return link


def _not_found() -> NotFound:
    return NotFound("pay_link_not_found", "There is no such payment link.", "Check the address; ask the shop for it.")
