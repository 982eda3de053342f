"""The end of a terminal's day: asked for by a person, a register or the clock; the terminal's figures are kept."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import time, tzinfo

from gateway.domain.access import Caller, Permission
from gateway.domain.cards.payment import (
    Attempt,
    AttemptEvent,
    AttemptOutcome,
    AttemptState,
    Evidence,
    TransactionNumbers,
)
from gateway.domain.cards.terminal_day import DayClose
from gateway.domain.errors import IdempotencyConflict, InputError, NotFound, RuleError
from gateway.domain.ids import AttemptId, DeviceId, PaymentId, RegisterId, StoreId, TenantId, TerminalDayId, derived_id
from gateway.ports.clock import Clock
from gateway.ports.day_close_store import DayCloseRecord
from gateway.ports.events import DeviceHints
from gateway.ports.payment_store import StoredAnswer
from gateway.ports.unit_of_work import Storage
from gateway.services.payments.conclude_attempt import ConcludeAttempt
from gateway.services.payments.resolve_payment import checked_reason

DAYS_MAX = 100
"""Ends of day shown of one terminal."""
_SCHEDULED = uuid.UUID("6f1c2a4e-53d0-4c7e-9a41-2b7c0d7e8f10")
"""The parent of all ids of ends of day by the clock."""
BY_CLOCK = "clock"
"""Who asked, where nobody did."""

Render = Callable[[DayCloseRecord], bytes]


@dataclass(frozen=True, slots=True)
class EndDayCommand:
    """A request to end a terminal's day; ids and keys as in ``TakePaymentCommand``."""

    close_id: TerminalDayId
    register_id: RegisterId
    terminal_id: DeviceId
    key: str
    request_hash: str
    location: str


class EndTerminalDay:
    """Stores the intents of ends of day, and reads them."""

    def __init__(
        self, *, storage: Storage, clock: Clock, hints: DeviceHints, conclude: ConcludeAttempt, zone: tzinfo
    ) -> None:
        """``zone``: by whose calendar a day ends."""
        self._storage = storage
        self._clock = clock
        self._hints = hints
        self._conclude = conclude
        self._zone = zone

    def begin(self, caller: Caller, command: EndDayCommand, render: Render) -> tuple[StoredAnswer, bool]:
        """Commit the intent to end a day and wake the terminal; return the answer and whether it is a replay.

        Raises:
            InputError: ``unknown_terminal``.
            IdempotencyConflict: ``id_reused`` / ``key_reused``.
            RuleError: ``terminal_busy`` while it works on something else, or something is in doubt there.
        """
        caller.require(Permission.SHIFTS_WORK)
        if not caller.may_use(command.terminal_id):
            hint = "Use the id of a terminal of this store."
            raise InputError("unknown_terminal", "This terminal is not known here.", hint, "/path/terminal_id")
        close = self._make(
            (caller.tenant_id, caller.store_id), command.close_id, command.register_id, command.terminal_id, caller.name
        )
        attempt = _attempt(close)
        answer = StoredAnswer(
            command.key, command.request_hash, 202, render(DayCloseRecord(close, attempt)), command.location
        )
        try:
            self._storage.write_retrying(lambda unit: unit.day_closes.record_intent(close, attempt, answer))
        except (InputError, RuleError) as error:
            with self._storage.read() as unit:
                stored = unit.payments.find_answer(caller.tenant_id, caller.store_id, command.key)
            if stored is not None and stored.request_hash == command.request_hash:
                return stored, True
            if stored is not None or error.code == "day_close_exists":
                raise IdempotencyConflict(
                    "key_reused" if stored is not None else "id_reused",
                    "This id or idempotency key was used before with another request.",
                    "Send the first request again unchanged, or make a new id.",
                ) from error
            raise
        self._hints.payment_sent(close.terminal_id, attempt.id)
        return answer, False

    def by_clock(
        self, place: tuple[TenantId, StoreId], register_id: RegisterId, terminal_id: DeviceId, at: time
    ) -> bool:
        """End a terminal's day once for each date, when the time for it has come; False when there is nothing to do.

        Several nodes may ask at once: the database takes one. A terminal that is busy is asked for again next time.
        """
        local = self._clock.now().astimezone(self._zone)
        if local.time() < at:
            return False
        close_id = _scheduled_id(place, terminal_id, local.date().isoformat())
        with self._storage.read() as unit:
            if unit.day_closes.load(*place, close_id) is not None:
                return False
        close = self._make(place, close_id, register_id, terminal_id, BY_CLOCK, scheduled=True)
        attempt = _attempt(close)
        try:
            self._storage.write_retrying(lambda unit: unit.day_closes.record_intent(close, attempt, None))
        except (InputError, RuleError):
            return False
        self._hints.payment_sent(close.terminal_id, attempt.id)
        return True

    def get(self, caller: Caller, close_id: TerminalDayId) -> DayCloseRecord:
        """Return one end of day the caller may see.

        Raises:
            NotFound: ``day_close_not_found``.
        """
        caller.require(Permission.PAYMENTS_READ)
        with self._storage.read() as unit:
            record = unit.day_closes.load(caller.tenant_id, caller.store_id, close_id)
        if record is None or not caller.may_use(record.close.terminal_id):
            raise NotFound("day_close_not_found", "There is no such end of day here.", "Check the id.")
        return record

    def of_terminal(self, caller: Caller, terminal_id: DeviceId, *, limit: int = 20) -> tuple[DayCloseRecord, ...]:
        """Return the newest ends of day of a terminal, newest first; none for one the caller may not see."""
        caller.require(Permission.PAYMENTS_READ)
        if not caller.may_use(terminal_id):
            return ()
        with self._storage.read() as unit:
            return unit.day_closes.of_terminal(
                caller.tenant_id, caller.store_id, terminal_id, limit=max(1, min(limit, DAYS_MAX))
            )

    def ask_terminal(self, caller: Caller, close_id: TerminalDayId) -> DayCloseRecord:
        """Have the terminal asked again whether its day is closed.

        Raises:
            NotFound: ``day_close_not_found``.
            RuleError: ``outcome_known`` when there is nothing to ask.
        """
        caller.require(Permission.SHIFTS_WORK)
        attempt = _in_doubt(self.get(caller, close_id))
        with self._storage.write() as unit:
            unit.payments.request_ask(caller.tenant_id, caller.store_id, attempt.id, self._clock.now(), caller.name)
        self._hints.terminal_asked(attempt.terminal_id)
        return self.get(caller, close_id)

    def decide(self, caller: Caller, close_id: TerminalDayId, *, closed: bool, reason: str) -> DayCloseRecord:
        """Settle an end of day in doubt by a person's word, who has seen the terminal's own receipt.

        Raises:
            NotFound: ``day_close_not_found``.
            RuleError: ``outcome_known`` when it is settled already.
            InputError: ``reason_needed``.
        """
        caller.require(Permission.PAYMENTS_RESOLVE)
        reason = checked_reason(reason)
        record = self.get(caller, close_id)
        attempt = _in_doubt(record)
        outcome = AttemptOutcome(
            event=AttemptEvent.APPROVE if closed else AttemptEvent.PROVE_NOT_CHARGED,
            evidence=Evidence.PERSON,
            reason_code="decided_by_person",
            reason=reason,
            decided_by=caller.name,
        )
        if self._conclude.record(record.close, attempt, outcome, epoch=None, actor=caller.name) is None:
            raise RuleError("outcome_known", "This end of day has been settled meanwhile.", "Load it again.")
        return self.get(caller, close_id)

    def _make(
        self,
        place: tuple[TenantId, StoreId],
        close_id: TerminalDayId,
        register_id: RegisterId,
        terminal_id: DeviceId,
        by: str,
        *,
        scheduled: bool = False,
    ) -> DayClose:
        now = self._clock.now()
        return DayClose(
            tenant_id=place[0],
            store_id=place[1],
            id=close_id,
            register_id=register_id,
            terminal_id=terminal_id,
            business_date=now.astimezone(self._zone).date(),
            scheduled=scheduled,
            created_at=now,
            created_by=by,
        )


def _attempt(close: DayClose) -> Attempt:
    attempt_id = AttemptId(derived_id(close.id, "attempt 1"))
    return Attempt(
        id=attempt_id,
        payment_id=PaymentId(attempt_id),
        number=1,
        terminal_id=close.terminal_id,
        epoch=0,
        state=AttemptState.SENT,
        baseline=TransactionNumbers(),
        blocks_terminal=True,
        sent_at=close.created_at,
    )


def _scheduled_id(place: tuple[TenantId, StoreId], terminal_id: DeviceId, day: str) -> TerminalDayId:
    """Return the one id of a terminal's scheduled end of day on a date, the same on every node."""
    return TerminalDayId(derived_id(_SCHEDULED, "/".join((*place, terminal_id, day))))


def _in_doubt(record: DayCloseRecord) -> Attempt:
    if record.attempt.state is not AttemptState.UNKNOWN:
        message = f"This end of day is not in doubt: it is {record.state}."
        raise RuleError("outcome_known", message, "Load it again.")
    return record.attempt
