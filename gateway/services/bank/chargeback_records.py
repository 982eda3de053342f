"""What records of a report mean for chargebacks: the one that takes the money opens, the one that returns it wins."""

import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from gateway.domain.bank.acquirer_contract import AcquirerContract, family_of, respond_days
from gateway.domain.bank.chargeback import (
    LOSSES,
    Chargeback,
    ChargebackEvent,
    ChargebackState,
    ChargebackStep,
    due_by,
    step_of,
)
from gateway.domain.bank.payout import EntryKind, FindingKind, Payout, PayoutEntry, SettlementFinding
from gateway.domain.bank.payout_ledger import chargeback_lost, chargeback_won_after_all
from gateway.domain.ids import StoreId, TenantId, derived_id
from gateway.domain.money import Money
from gateway.ports.announcer import Announcement, Announcer
from gateway.ports.settlement_store import PAGE_MAX
from gateway.ports.unit_of_work import UnitOfWork
from gateway.services.bank.settle_batch import Place, task_of

BY_REPORT = "report"
_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "tillbridge chargeback")


class ChargebackRecords:
    """Chargebacks as reports tell them, and what every change of one means in the books."""

    def __init__(self, announcer: Announcer) -> None:
        self._announcer = announcer

    def follow_in(
        self,
        unit: UnitOfWork,
        place: Place,
        payout: Payout,
        contract: AcquirerContract | None,
        entries: Sequence[PayoutEntry],
        *,
        at: datetime,
    ) -> None:
        """Open, link or win chargebacks by new records of a payout."""
        for entry in entries:
            if entry.kind is EntryKind.CHARGEBACK and entry.gross.minor < 0:
                self._taken(unit, place, payout, contract, entry, at)
            elif entry.kind is EntryKind.CHARGEBACK_REVERSED or (
                entry.kind is EntryKind.CHARGEBACK and entry.gross.minor > 0
            ):
                self._returned(unit, place, payout, entry, at)

    def change_in(
        self,
        unit: UnitOfWork,
        place: Place,
        found: Chargeback,
        step: ChargebackStep,
        *,
        by: str,
        note: str,
        at: datetime,
    ) -> Chargeback:
        """Take a step, with its journal, its entries in the ledger and its announcement.

        Raises:
            RuleError: ``illegal_transition``, ``changed_meanwhile``.
        """
        after = step_of(found, step)
        unit.chargebacks.update(*place, after)
        self.note_in(unit, place, after, step.value, by=by, note=note, at=at)
        taken = self._taken_amount(unit, place, after)
        if taken is not None:
            if after.state in LOSSES and found.state not in LOSSES:
                unit.ledger.add(chargeback_lost(place, after.acquirer, after.id, taken, at))
            elif found.state in LOSSES and after.state not in LOSSES:
                unit.ledger.add(chargeback_won_after_all(place, after.acquirer, after.id, taken, at))
        if after.state is not found.state:
            self.tell_in(unit, place, after, after.state.value, at)
        return after

    def note_in(
        self, unit: UnitOfWork, place: Place, found: Chargeback, step: str, *, by: str, note: str, at: datetime
    ) -> None:
        """Add a line to the journal."""
        unit.chargebacks.note(*place, ChargebackEvent(found.id, 0, step, found.state, by, note, at))

    def tell_in(self, unit: UnitOfWork, place: Place, found: Chargeback, what: str, at: datetime) -> None:
        """Tell the outside, once for each kind of news of a chargeback."""
        news = Announcement(
            tenant_id=place[0],
            store_id=place[1],
            kind=f"chargeback.{what}",
            cause_id=derived_id(found.id, what),
            subject=f"chargebacks/{found.id}",
            data={
                "acquirer": found.acquirer,
                "reference": found.reference,
                "amount": found.amount.to_decimal(),
                "currency": found.amount.currency.code,
                "respond_by": found.respond_by.isoformat(),
                "state": found.state.value,
            },
            at=at,
        )
        for message in self._announcer.messages(news):
            unit.outbox.add(message)

    def _taken(
        self,
        unit: UnitOfWork,
        place: Place,
        payout: Payout,
        contract: AcquirerContract | None,
        entry: PayoutEntry,
        at: datetime,
    ) -> None:
        known = [
            one
            for one in unit.chargebacks.by_references(*place, payout.acquirer, entry.references)
            if one.taken_entry_id is None
        ]
        if len(known) == 1:
            self._link(unit, place, payout, known[0], entry, at)
            return
        opened_on = entry.booked_on or at.date()
        family = family_of(entry.reason_code)
        days = respond_days(None if contract is None else contract.terms, entry.brand, family)
        made = Chargeback(
            id=chargeback_id_of(place, payout.acquirer, case_of(entry)),
            acquirer=payout.acquirer,
            reference=case_of(entry),
            amount=-entry.gross,
            scheme=entry.brand,
            reason_code=entry.reason_code,
            family=family,
            state=ChargebackState.OPENED,
            opened_on=opened_on,
            respond_by=due_by(opened_on, days),
            opened_at=at,
            opened_by=BY_REPORT,
            payment_id=unit.chargebacks.payment_of_references(*place, payout.acquirer, entry.references),
            taken_entry_id=entry.id,
        )
        if not unit.chargebacks.add(*place, made):
            # A second chargeback under one name: a case of its own, told apart by its record.
            made = replace(made, id=derived_id(made.id, str(entry.id)), reference=f"{made.reference} {entry.position}")
            unit.chargebacks.add(*place, made)
        self.note_in(unit, place, made, "", by=BY_REPORT, note=entry.words, at=at)
        self.tell_in(unit, place, made, "opened", at)
        if made.payment_id is None:
            _task(unit, place, payout, entry, at, reference=made.reference)

    def _link(
        self, unit: UnitOfWork, place: Place, payout: Payout, found: Chargeback, entry: PayoutEntry, at: datetime
    ) -> None:
        """Note that a chargeback opened by hand has taken its money now."""
        linked = replace(found, taken_entry_id=entry.id, version=found.version + 1)
        if linked.payment_id is None:
            payment = unit.chargebacks.payment_of_references(*place, payout.acquirer, entry.references)
            linked = replace(linked, payment_id=payment)
        unit.chargebacks.update(*place, linked)
        self.note_in(unit, place, linked, "", by=BY_REPORT, note=entry.words, at=at)
        if linked.state in LOSSES:
            unit.ledger.add(chargeback_lost(place, linked.acquirer, linked.id, -entry.gross, at))
        if found.amount != -entry.gross:
            figures = {
                "position": entry.position,
                "ours": f"{found.amount.to_decimal()} {found.amount.currency.code}",
                "theirs": f"{(-entry.gross).to_decimal()} {entry.gross.currency.code}",
                "reference": found.reference,
            }
            finding = SettlementFinding(FindingKind.AMOUNT_DIFFERS, str(entry.id), figures)
            unit.settlement.add_tasks(*place, [task_of(payout, finding, at)])

    def _returned(self, unit: UnitOfWork, place: Place, payout: Payout, entry: PayoutEntry, at: datetime) -> None:
        fitting = self._of_return(unit, place, payout, entry)
        if len(fitting) != 1:
            _task(unit, place, payout, entry, at, reference=case_of(entry))
            return
        found = replace(fitting[0], returned_entry_id=entry.id)
        self.change_in(unit, place, found, ChargebackStep.REVERSED, by=BY_REPORT, note=entry.words, at=at)

    def _of_return(self, unit: UnitOfWork, place: Place, payout: Payout, entry: PayoutEntry) -> list[Chargeback]:
        """Return the chargebacks whose money may have come back: by reference, else by the record that took it."""
        named = unit.chargebacks.by_references(*place, payout.acquirer, entry.references)
        found = [one for one in named if one.returned_entry_id is None]
        if found:
            return found
        wanted = set(entry.references)
        others = unit.chargebacks.list(*place, open_only=False, limit=PAGE_MAX)
        for one in others:
            if one.acquirer != payout.acquirer or one.taken_entry_id is None or one.returned_entry_id is not None:
                continue
            taken = unit.settlement.entry(*place, one.taken_entry_id)
            if taken is not None and wanted.intersection(taken.references):
                found.append(one)
        return found

    def _taken_amount(self, unit: UnitOfWork, place: Place, found: Chargeback) -> Money | None:
        """Return what a report took for it; None while no report did: nothing is in the books then."""
        entry = None if found.taken_entry_id is None else unit.settlement.entry(*place, found.taken_entry_id)
        return None if entry is None else -entry.gross


def case_of(entry: PayoutEntry) -> str:
    """Return the acquirer's name of a dispute: the last reference, which is that of the change; else its place."""
    return entry.references[-1] if entry.references else f"{entry.payout_id} {entry.position}"


def chargeback_id_of(place: tuple[TenantId, StoreId], acquirer: str, reference: str) -> uuid.UUID:
    """Return the id of a chargeback that a report opens."""
    return derived_id(_NAMESPACE, "\x1f".join((*place, acquirer, reference)))


def _task(unit: UnitOfWork, place: Place, payout: Payout, entry: PayoutEntry, at: datetime, *, reference: str) -> None:
    figures = {
        "position": entry.position,
        "amount": f"{entry.gross.to_decimal()} {entry.gross.currency.code}",
        "reference": reference,
    }
    finding = SettlementFinding(FindingKind.CHARGEBACK_WITHOUT_SALE, str(entry.id), figures)
    unit.settlement.add_tasks(*place, [task_of(payout, finding, at)])
