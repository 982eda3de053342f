"""Chargebacks as people work them: open by hand, collect evidence, answer, give up, note how it ended; reminders."""

import hashlib
import logging
import uuid
from dataclasses import dataclass, replace
from datetime import date

from gateway.domain.access import Caller, Permission
from gateway.domain.bank.acquirer_contract import contract_on, family_of, respond_days
from gateway.domain.bank.chargeback import (
    BY_PEOPLE,
    Chargeback,
    ChargebackEvent,
    ChargebackEvidence,
    ChargebackState,
    ChargebackStep,
    due_by,
    has_expired,
    is_due,
)
from gateway.domain.bank.payout import FindingKind, SettlementTask
from gateway.domain.errors import InputError, NotFound, RuleError
from gateway.domain.ids import PaymentId, StoreId, TenantId, derived_id
from gateway.domain.money import Money
from gateway.logs.observability import log_event
from gateway.ports.clock import Clock
from gateway.ports.settlement_store import PAGE_MAX
from gateway.ports.unit_of_work import Storage, UnitOfWork
from gateway.services.bank.chargeback_records import ChargebackRecords

_log = logging.getLogger(__name__)

EVIDENCE_BYTES_MAX = 8 * 1024 * 1024
EVIDENCE_MAX = 20
REMIND_DAYS = 5
BY_CLOCK = "system"


@dataclass(frozen=True, slots=True)
class ChargebackWish:
    """One opened by hand. ``respond_by``: None: by the contract of its day. ``amount``: above zero."""

    id: uuid.UUID
    acquirer: str
    reference: str
    amount: Money
    scheme: str
    reason_code: str
    opened_on: date
    respond_by: date | None
    payment_id: PaymentId | None
    note: str


@dataclass(frozen=True, slots=True)
class ChargebackView:
    """One chargeback with its journal and its files (without contents)."""

    chargeback: Chargeback
    events: tuple[ChargebackEvent, ...]
    evidence: tuple[ChargebackEvidence, ...]


class TrackChargebacks:
    """The chargebacks of one store."""

    def __init__(self, *, storage: Storage, clock: Clock, records: ChargebackRecords) -> None:
        self._storage = storage
        self._clock = clock
        self._records = records

    def list(self, caller: Caller, *, open_only: bool, limit: int = PAGE_MAX) -> tuple[Chargeback, ...]:
        """Return open chargebacks, the next last day first; or all, the newest first."""
        caller.require(Permission.STATEMENTS_READ)
        with self._storage.read() as unit:
            return unit.chargebacks.list(caller.tenant_id, caller.store_id, open_only=open_only, limit=limit)

    def one(self, caller: Caller, chargeback_id: uuid.UUID) -> ChargebackView:
        """Return one chargeback.

        Raises:
            NotFound: ``chargeback_not_found``.
        """
        caller.require(Permission.STATEMENTS_READ)
        place = (caller.tenant_id, caller.store_id)
        with self._storage.read() as unit:
            found = _found_in(unit, place, chargeback_id)
            events = unit.chargebacks.events(*place, chargeback_id)
            return ChargebackView(found, events, unit.chargebacks.evidence(*place, chargeback_id))

    def open(self, caller: Caller, wish: ChargebackWish) -> Chargeback:
        """Open one that came by letter or in the acquirer's portal; its money moves with a report.

        The same id again is the same chargeback.

        Raises:
            InputError: ``amount_not_positive``, ``unknown_payment``.
            RuleError: ``chargeback_exists`` when its reference, or its id for something else, is there.
        """
        caller.require(Permission.STATEMENTS_WORK)
        if wish.amount.minor <= 0:
            raise InputError(
                "amount_not_positive", "The amount is not above zero.", "Write it without a sign.", "/amount"
            )
        return self._storage.write_retrying(lambda unit: self._open_in(unit, caller, wish))

    def _open_in(self, unit: UnitOfWork, caller: Caller, wish: ChargebackWish) -> Chargeback:
        place, at = (caller.tenant_id, caller.store_id), self._clock.now()
        if wish.payment_id is not None and unit.payments.load(*place, wish.payment_id) is None:
            raise InputError("unknown_payment", "There is no such payment.", "Check the id.", "/payment_id")
        contract = contract_on(unit.settlement.contracts(*place), wish.acquirer, wish.opened_on)
        family = family_of(wish.reason_code)
        days = respond_days(None if contract is None else contract.terms, wish.scheme, family)
        made = Chargeback(
            id=wish.id,
            acquirer=wish.acquirer,
            reference=wish.reference,
            amount=wish.amount,
            scheme=wish.scheme,
            reason_code=wish.reason_code,
            family=family,
            state=ChargebackState.OPENED,
            opened_on=wish.opened_on,
            respond_by=wish.respond_by or due_by(wish.opened_on, days),
            opened_at=at,
            opened_by=caller.name,
            payment_id=wish.payment_id,
        )
        if not unit.chargebacks.add(*place, made):
            there = unit.chargebacks.get(*place, wish.id)
            if there is not None and (there.acquirer, there.reference, there.amount) == (
                made.acquirer,
                made.reference,
                made.amount,
            ):
                return there
            raise RuleError("chargeback_exists", "There is a chargeback with this reference or id.", "Look at it.")
        self._records.note_in(unit, place, made, "", by=caller.name, note=wish.note, at=at)
        self._records.tell_in(unit, place, made, "opened", at)
        return made

    def decide(
        self, caller: Caller, chargeback_id: uuid.UUID, step: ChargebackStep, *, version: int, note: str
    ) -> Chargeback:
        """Take a step a person may take.

        Raises:
            NotFound: ``chargeback_not_found``.
            RuleError: ``illegal_transition``, ``changed_meanwhile``.
        """
        caller.require(Permission.STATEMENTS_WORK)

        def decide(unit: UnitOfWork) -> Chargeback:
            place = (caller.tenant_id, caller.store_id)
            found = _found_in(unit, place, chargeback_id, lock=True)
            if step not in BY_PEOPLE:
                raise RuleError("illegal_transition", "Only a report or the clock does this.", "Look at its journal.")
            if found.version != version:
                raise RuleError("changed_meanwhile", "Somebody else was faster.", "Look at it again.")
            at = self._clock.now()
            return self._records.change_in(unit, place, found, step, by=caller.name, note=note, at=at)

        return self._storage.write_retrying(decide)

    def add_note(self, caller: Caller, chargeback_id: uuid.UUID, note: str) -> ChargebackView:
        """Add words to the journal.

        Raises:
            NotFound: ``chargeback_not_found``.
        """
        caller.require(Permission.STATEMENTS_WORK)

        def add(unit: UnitOfWork) -> None:
            place = (caller.tenant_id, caller.store_id)
            found = _found_in(unit, place, chargeback_id, lock=True)
            self._records.note_in(unit, place, found, "", by=caller.name, note=note, at=self._clock.now())

        self._storage.write_retrying(add)
        return self.one(caller, chargeback_id)

    def add_evidence(
        self, caller: Caller, chargeback_id: uuid.UUID, evidence_id: uuid.UUID, name: str, content: bytes
    ) -> ChargebackEvidence:
        """Keep a file that proves the sale; the same id again changes nothing.

        Raises:
            NotFound: ``chargeback_not_found``.
            InputError: ``evidence_empty``, ``evidence_too_large``.
            RuleError: ``evidence_full``.
        """
        caller.require(Permission.STATEMENTS_WORK)
        if not content:
            raise InputError("evidence_empty", "The file is empty.", "Choose another one.", "/content")
        if len(content) > EVIDENCE_BYTES_MAX:
            hint = f"At most {EVIDENCE_BYTES_MAX // (1024 * 1024)} MB are kept of one file."
            raise InputError("evidence_too_large", "The file is too large.", hint, "/content")

        def add(unit: UnitOfWork) -> ChargebackEvidence:
            place = (caller.tenant_id, caller.store_id)
            found = _found_in(unit, place, chargeback_id, lock=True)
            files = unit.chargebacks.evidence(*place, chargeback_id)
            there = next((one for one in files if one.id == evidence_id), None)
            if there is not None:
                return there
            if len(files) >= EVIDENCE_MAX:
                raise RuleError("evidence_full", "There are too many files.", "Put some of them into one.")
            sha256, at = hashlib.sha256(content).hexdigest(), self._clock.now()
            made = ChargebackEvidence(evidence_id, chargeback_id, name, sha256, len(content), content, caller.name, at)
            if not unit.chargebacks.add_evidence(*place, made):
                raise RuleError("evidence_exists", "This id is that of another file.", "Make a new id.")
            self._records.note_in(unit, place, found, "", by=caller.name, note=name, at=at)
            return replace(made, content=b"")

        return self._storage.write_retrying(add)

    def evidence(self, caller: Caller, chargeback_id: uuid.UUID, evidence_id: uuid.UUID) -> ChargebackEvidence:
        """Return a file with its content.

        Raises:
            NotFound: ``evidence_not_found``.
        """
        caller.require(Permission.STATEMENTS_READ)
        with self._storage.read() as unit:
            found = unit.chargebacks.evidence_content(caller.tenant_id, caller.store_id, evidence_id)
        if found is None or found.chargeback_id != chargeback_id:
            raise NotFound("evidence_not_found", "There is no such file.", "Look at the chargeback again.")
        return found

    def look_at_deadlines(self, tenant_id: TenantId, store_id: StoreId, business_date: date) -> tuple[int, int]:
        """Remind of answers that are due soon, end what went by; return how many of each. Safe to repeat."""
        with self._storage.read() as unit:
            found = unit.chargebacks.list(tenant_id, store_id, open_only=True)
        reminded = ended = 0
        for one in found:
            if is_due(one, business_date, REMIND_DAYS) or has_expired(one, business_date):
                told = self._look_at(tenant_id, store_id, one.id, business_date)
                reminded, ended = reminded + told[0], ended + told[1]
        log_event(_log, "chargeback.deadlines_looked_at", reminded=reminded, expired=ended)
        return reminded, ended

    def _look_at(
        self, tenant_id: TenantId, store_id: StoreId, chargeback_id: uuid.UUID, business_date: date
    ) -> tuple[int, int]:
        place = (tenant_id, store_id)

        def look(unit: UnitOfWork) -> tuple[int, int]:
            found, at = _found_in(unit, place, chargeback_id, lock=True), self._clock.now()
            if has_expired(found, business_date):
                self._records.change_in(unit, place, found, ChargebackStep.EXPIRE, by=BY_CLOCK, note="", at=at)
                return 0, 1
            if not is_due(found, business_date, REMIND_DAYS):
                return 0, 0
            reminded = replace(found, reminded=True, version=found.version + 1)
            unit.chargebacks.update(*place, reminded)
            unit.settlement.add_tasks(
                *place,
                [
                    SettlementTask(
                        id=derived_id(found.id, "due"),
                        kind=FindingKind.CHARGEBACK_DUE,
                        acquirer=found.acquirer,
                        figures={
                            "reference": found.reference,
                            "amount": f"{found.amount.to_decimal()} {found.amount.currency.code}",
                            "respond_by": found.respond_by.isoformat(),
                        },
                        opened_at=at,
                        chargeback_id=found.id,
                    )
                ],
            )
            self._records.tell_in(unit, place, reminded, "due", at)
            return 1, 0

        return self._storage.write_retrying(look)


def _found_in(
    unit: UnitOfWork, place: tuple[TenantId, StoreId], chargeback_id: uuid.UUID, *, lock: bool = False
) -> Chargeback:
    found = unit.chargebacks.get(*place, chargeback_id, lock=lock)
    if found is None:
        raise NotFound("chargeback_not_found", "There is no such chargeback.", "Look into the list.")
    return found
