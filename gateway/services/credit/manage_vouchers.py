"""Vouchers and gift cards: issue, look up by code, list, block, tell the code again, expire."""

import json
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime

from gateway.domain.access import Caller, Permission
from gateway.domain.accounts import Cause, booked
from gateway.domain.credit.credit_accounts import liability, vouchers_expired, vouchers_given
from gateway.domain.credit.voucher import CustomerId, MovementKind, Voucher, VoucherId, VoucherKind, VoucherOrigin
from gateway.domain.credit.voucher_code import VoucherCode, in_groups
from gateway.domain.errors import InputError, NotFound, RuleError
from gateway.domain.ids import SaleId, StoreId, TenantId, derived_id, uuid7
from gateway.domain.ledger import Transfer
from gateway.domain.money import Money
from gateway.logs.observability import log_event
from gateway.ports.announcer import Announcement, Announcer
from gateway.ports.clock import Clock
from gateway.ports.credit_store import NewMovement, VoucherBalance, VoucherFilter, VoucherRecord
from gateway.ports.unit_of_work import Storage, StoredAnswer, UnitOfWork
from gateway.services.credit.code_tries import CodeTries
from gateway.services.credit.issue_voucher import CODE_TOLD_FOR, IssueVoucher, NewVoucher, find_voucher, unknown_voucher
from gateway.services.first_answers import RequestKey, first_answer_in
from gateway.services.payments.resolve_payment import checked_reason

_log = logging.getLogger(__name__)

EXPIRED_AT_ONCE = 200
"""Vouchers expired in one unit: short enough not to hold a till up."""
YEARS_AHEAD_MAX = 10

Render = Callable[[VoucherRecord, str | None], bytes]
"""Makes the answer's body of a voucher and its code as it is shown; what is stored is made without the code."""


@dataclass(frozen=True, slots=True)
class IssueCommand:
    """A voucher is wanted.

    Attributes:
        sale_id: the settled sale that sold it; None when it is given.
        reason: why it is given; not needed for one that was sold.
        expires_on: its last day, of one that is given; None for what the shop decided.
        request: how it is known again.
    """

    voucher_id: VoucherId
    kind: VoucherKind
    amount: Money
    sale_id: SaleId | None
    customer_id: CustomerId | None
    reason: str
    expires_on: date | None
    request: RequestKey


class ManageVouchers:
    """Vouchers and store credit of the caller's store."""

    def __init__(
        self, *, storage: Storage, clock: Clock, issuer: IssueVoucher, announcer: Announcer, tries: CodeTries
    ) -> None:
        self._storage = storage
        self._clock = clock
        self._issuer = issuer
        self._announcer = announcer
        self._tries = tries

    def issue(self, caller: Caller, command: IssueCommand, render: Render) -> tuple[StoredAnswer, bool]:
        """Issue a voucher; return the answer with its code, and whether it is a replay.

        The same request again is answered again, for a day with the code.

        Raises:
            InputError: ``reason_needed``, ``voucher_amount``, ``voucher_expiry``, ``voucher_kind``,
                ``amount_not_positive``.
            NotFound: ``sale_not_found``.
            RuleError: ``sale_not_settled``, ``voucher_not_sold``, ``voucher_exists``, ``customer_not_known``.
            IdempotencyConflict: ``key_reused``.
        """
        sold = command.sale_id is not None
        if sold and command.kind is not VoucherKind.VOUCHER:
            hint = "A sale sells vouchers; store credit comes from a return."
            raise InputError("voucher_kind", "Store credit is not sold.", hint, "/kind")
        caller.require(Permission.PAYMENTS_CREATE if sold else Permission.CREDIT_GIVE)
        if command.amount.minor <= 0:
            hint = "Send a positive amount."
            raise InputError("amount_not_positive", "The amount has to be above zero.", hint, "/amount/amount")
        reason = command.reason if sold else checked_reason(command.reason)
        replay = self._replay(caller, command)
        if replay is not None:
            return replay, True
        try:
            answer = self._storage.write_retrying(
                lambda unit: self._issue(unit, caller, replace(command, reason=reason), render)
            )
        except RuleError as error:
            replay = self._replay(caller, command)
            if replay is not None:
                return replay, True
            if error.code == "already_recorded":
                raise RuleError("voucher_exists", "A voucher with this id is stored.", "Make a new id.") from error
            raise
        log_event(_log, "voucher.issued", voucher_id=command.voucher_id, actor=caller.name)
        return answer, False

    def look_up(self, caller: Caller, code: str) -> VoucherBalance:
        """Return a voucher by its code, with what it is worth now.

        Raises:
            InputError: ``unknown_voucher``, the same for a wrong code and for one of nothing.
            TooManyCodes: this caller has tried too many wrong ones.
        """
        caller.require(Permission.PAYMENTS_CREATE)
        self._tries.check(caller.id)
        try:
            with self._storage.read() as unit:
                voucher_id = find_voucher(unit, caller.tenant_id, caller.store_id, code)
                record = unit.vouchers.load(caller.tenant_id, caller.store_id, voucher_id)
        except InputError:
            self._tries.count_wrong(caller.id)
            raise
        if record is None:
            raise unknown_voucher()
        return self._as_of_now(VoucherBalance(record.voucher, record.left))

    def get(self, caller: Caller, voucher_id: VoucherId) -> VoucherRecord:
        """Return one voucher with its journal.

        Raises:
            NotFound: ``voucher_not_found``.
        """
        caller.require(Permission.CREDIT_GIVE)
        with self._storage.read() as unit:
            return _found(unit.vouchers.load(caller.tenant_id, caller.store_id, voucher_id))

    def list(self, caller: Caller, wanted: VoucherFilter, *, limit: int) -> tuple[VoucherBalance, ...]:
        """Return vouchers, newest first."""
        caller.require(Permission.CREDIT_GIVE)
        with self._storage.read() as unit:
            found = unit.vouchers.list(caller.tenant_id, caller.store_id, wanted, limit=limit)
        return tuple(self._as_of_now(one) for one in found)

    def block(self, caller: Caller, voucher_id: VoucherId, reason: str) -> VoucherRecord:
        """Block a voucher: nobody can spend it. Errors as :meth:`get`, and ``reason_needed``, ``voucher_blocked``."""
        return self._set_blocked(caller, voucher_id, reason, blocked=True)

    def unblock(self, caller: Caller, voucher_id: VoucherId, reason: str) -> VoucherRecord:
        """Let a blocked voucher be spent again. Errors as :meth:`get`, ``reason_needed``, ``voucher_not_blocked``."""
        return self._set_blocked(caller, voucher_id, reason, blocked=False)

    def tell_code(self, caller: Caller, voucher_id: VoucherId, reason: str) -> tuple[VoucherRecord, str]:
        """Return a voucher's code once more, with a line in its journal.

        A manager may ask at any time; whoever gave something back for store credit, once on the same day.

        Raises:
            NotFound: ``voucher_not_found``.
            NotPermitted: ``not_permitted``.
            RuleError: ``voucher_without_code``.
        """
        reason = checked_reason(reason)

        def work(unit: UnitOfWork) -> tuple[VoucherRecord, VoucherCode]:
            held = unit.vouchers.lock(caller.tenant_id, caller.store_id, voucher_id)
            record = unit.vouchers.load(caller.tenant_id, caller.store_id, voucher_id) if held else None
            record = _found(record)
            self._check_may_tell(caller, record)
            code = self._issuer.code_again(unit, record.voucher)
            if code is None:
                hint = "Block it and issue another one."
                raise RuleError("voucher_without_code", "This voucher has no code that could be told.", hint)
            self._note(unit, caller, record.voucher, MovementKind.TOLD, reason)
            return _found(unit.vouchers.load(caller.tenant_id, caller.store_id, voucher_id)), code

        record, code = self._storage.write_retrying(work)
        log_event(_log, "voucher.code_told", voucher_id=voucher_id, actor=caller.name)
        return record, in_groups(code)

    def expire_due(self, tenant_id: TenantId, store_id: StoreId) -> int:
        """Book what is left on vouchers whose day has passed; return how many there were. May be run at any time."""
        total = 0
        while True:
            count = self._storage.write_retrying(lambda unit: self._expire(unit, tenant_id, store_id))
            total += count
            if count < EXPIRED_AT_ONCE:
                return total

    def _issue(self, unit: UnitOfWork, caller: Caller, command: IssueCommand, render: Render) -> StoredAnswer:
        now = self._clock.now()
        place = (caller.tenant_id, caller.store_id)
        trace_id = command.voucher_id.hex
        if command.sale_id is not None:
            trace_id = _check_sold(unit, caller, command.sale_id, command.amount)
        new = NewVoucher(
            tenant_id=caller.tenant_id,
            store_id=caller.store_id,
            id=command.voucher_id,
            kind=command.kind,
            origin=VoucherOrigin.GIVEN if command.sale_id is None else VoucherOrigin.SOLD,
            amount=command.amount,
            customer_id=command.customer_id,
            sale_id=command.sale_id,
            cause_id=command.voucher_id,
            words=command.reason or "Sold.",
            actor=caller.name,
            at=now,
            trace_id=trace_id,
            expires_at=None if command.expires_on is None else self._checked_expiry(command.expires_on),
        )
        voucher, code = self._issuer.issue(unit, new)
        unit.ledger.add(_given(voucher))
        for message in self._announcer.messages(_issued(voucher)):
            unit.outbox.add(message)
        record = _found(unit.vouchers.load(*place, voucher.id))
        # What is stored never holds the code; a repeated request gets it by making it again.
        answer = command.request.answer(201, render(record, None))
        unit.sales.keep_answer(*place, answer, now)
        return replace(answer, body=render(record, None if code is None else in_groups(code)))

    def _replay(self, caller: Caller, command: IssueCommand) -> StoredAnswer | None:
        with self._storage.read() as unit:
            stored = first_answer_in(unit, caller, command.request)
            if stored is None:
                return None
            record = unit.vouchers.load(caller.tenant_id, caller.store_id, command.voucher_id)
            fresh = record is not None and self._clock.now() < record.voucher.created_at + CODE_TOLD_FOR
            code = self._issuer.code_again(unit, record.voucher) if record is not None and fresh else None
        return stored if code is None else replace(stored, body=_with_code(stored.body, in_groups(code)))

    def _checked_expiry(self, day: date) -> datetime:
        today = self._clock.now().astimezone(self._issuer.terms.zone).date()
        if not today <= day <= today.replace(year=today.year + YEARS_AHEAD_MAX, day=min(today.day, 28)):
            hint = f"Use a day from today on, at most {YEARS_AHEAD_MAX} years ahead."
            raise InputError("voucher_expiry", "A voucher cannot end on this day.", hint, "/expires_on")
        return self._issuer.terms.end_of(day)

    def _as_of_now(self, found: VoucherBalance) -> VoucherBalance:
        """What has expired is worth nothing, also before that was booked."""
        if found.voucher.has_expired(self._clock.now()):
            return replace(found, left=Money(0, found.left.currency))
        return found

    def _set_blocked(self, caller: Caller, voucher_id: VoucherId, reason: str, *, blocked: bool) -> VoucherRecord:
        caller.require(Permission.CREDIT_GIVE)
        reason = checked_reason(reason)
        place = (caller.tenant_id, caller.store_id)

        def work(unit: UnitOfWork) -> VoucherRecord:
            held = unit.vouchers.lock(*place, voucher_id)
            if held is None:
                raise _not_found()
            if held.voucher.blocked is blocked:
                code = "voucher_blocked" if blocked else "voucher_not_blocked"
                message = "This voucher is blocked." if blocked else "This voucher is not blocked."
                raise RuleError(code, message, "Load it again: somebody else may have decided.")
            self._note(unit, caller, held.voucher, MovementKind.BLOCKED if blocked else MovementKind.UNBLOCKED, reason)
            unit.vouchers.set_blocked(*place, voucher_id, blocked=blocked)
            return _found(unit.vouchers.load(*place, voucher_id))

        record = self._storage.write_retrying(work)
        event = "voucher.blocked" if blocked else "voucher.unblocked"
        log_event(_log, event, voucher_id=voucher_id, actor=caller.name)
        return record

    def _note(self, unit: UnitOfWork, caller: Caller, voucher: Voucher, kind: MovementKind, reason: str) -> None:
        now = self._clock.now()
        nothing = Money(0, voucher.amount.currency)
        cause_id = uuid7(int(now.timestamp() * 1000))
        unit.vouchers.move(voucher, NewMovement(kind, nothing, cause_id, reason, caller.name, now))

    def _check_may_tell(self, caller: Caller, record: VoucherRecord) -> None:
        told = any(one.kind is MovementKind.TOLD for one in record.movements)
        fresh = self._clock.now() < record.voucher.created_at + CODE_TOLD_FOR
        first_time = record.voucher.origin is VoucherOrigin.RETURNED and fresh and not told
        caller.require(Permission.PAYMENTS_REFUND if first_time else Permission.CREDIT_GIVE)

    def _expire(self, unit: UnitOfWork, tenant_id: TenantId, store_id: StoreId) -> int:
        now = self._clock.now()
        due = unit.vouchers.expired(tenant_id, store_id, now=now, limit=EXPIRED_AT_ONCE)
        for voucher_id in due:
            held = unit.vouchers.lock(tenant_id, store_id, voucher_id)
            if held is None or held.left.minor <= 0:
                continue
            voucher = held.voucher
            # An amount that came back after the day has its own expiry: the cause tells the two apart.
            name = f"expiry {len(unit.vouchers.moved_by(tenant_id, store_id, voucher_id, MovementKind.EXPIRED))}"
            cause_id = derived_id(voucher_id, name)
            words = "Its day has passed."
            unit.vouchers.move(voucher, NewMovement(MovementKind.EXPIRED, -held.left, cause_id, words, "expiry", now))
            cause = Cause(tenant_id, store_id, cause_id, voucher.trace_id, now)
            transfers = booked(
                cause, "expiry", debit=liability(voucher.kind), credit=vouchers_expired(), amount=held.left
            )
            unit.ledger.add(transfers)
        return len(due)


def _given(voucher: Voucher) -> tuple[Transfer, ...]:
    """Return the entries of one that is given. One that is sold was booked with the sale that sold it."""
    if voucher.origin is not VoucherOrigin.GIVEN:
        return ()
    cause = Cause(voucher.tenant_id, voucher.store_id, voucher.id, voucher.trace_id, voucher.created_at)
    return booked(cause, "given", debit=vouchers_given(), credit=liability(voucher.kind), amount=voucher.amount)


def _issued(voucher: Voucher) -> Announcement:
    return Announcement(
        tenant_id=voucher.tenant_id,
        store_id=voucher.store_id,
        kind="voucher.issued",
        cause_id=voucher.id,
        subject=f"/v1/vouchers/{voucher.id}",
        data={
            "voucher_id": str(voucher.id),
            "kind": voucher.kind.value,
            "origin": voucher.origin.value,
            "amount": voucher.amount.to_decimal(),
            "currency": voucher.amount.currency.code,
            "ends_in": voucher.code_end,
        },
        at=voucher.created_at,
        trace_id=voucher.trace_id,
    )


def _check_sold(unit: UnitOfWork, caller: Caller, sale_id: SaleId, amount: Money) -> str:
    """Check that a settled sale has sold so much in vouchers that was not issued yet; return the sale's trace."""
    place = (caller.tenant_id, caller.store_id)
    record = unit.sales.load(*place, sale_id) if unit.sales.lock(*place, sale_id) else None
    if record is None:
        raise NotFound("sale_not_found", "There is no such sale here.", "Check the id.")
    if record.settlement is None:
        raise RuleError("sale_not_settled", "This sale is not paid yet.", "Issue the voucher once it is.")
    sold = sum(line.taxed.sale_line.amount.minor for line in record.sale.lines if line.voucher)
    issued = unit.vouchers.list(*place, VoucherFilter(sale_id=sale_id), limit=200)
    already = sum(one.voucher.amount.minor for one in issued if one.voucher.origin is VoucherOrigin.SOLD)
    if amount.currency != record.sale.currency or amount.minor > sold - already:
        message = "This sale did not sell a voucher of this amount that is not issued yet."
        raise RuleError("voucher_not_sold", message, "Look at the lines of the sale.")
    return record.sale.trace_id


def _with_code(body: bytes, code: str) -> bytes:
    """Put the code into a stored answer, at the place it had when it was told first."""
    document = json.loads(body)
    document["code"] = code
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def _found(record: VoucherRecord | None) -> VoucherRecord:
    if record is None:
        raise _not_found()
    return record


def _not_found() -> NotFound:
    return NotFound("voucher_not_found", "There is no such voucher here.", "Check the id.")
