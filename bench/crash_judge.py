"""The judge of the crash harness: compares what terminals and printer hold with the gateway's books.

It believes the journals of the devices, which survived every kill, and holds the gateway to them payment by payment.
"""

import uuid
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bench.crash_evidence import Evidence, Judgement, Paper
from bench.crash_till import Charge
from gateway.domain.cards.card_receipt import short_number
from gateway.domain.cards.payment import FINAL_STATES, Attempt, AttemptState
from gateway.domain.cards.refund import REFUND_STATES
from gateway.domain.ids import DeviceId
from gateway.domain.ledger import Transfer, TransferKind, card_receivable
from gateway.domain.money import Money
from gateway.domain.outbox import OutboxMessage, OutboxState
from gateway.ports.unit_of_work import PaymentRecord

PENDING = "pending"
GIVING_BACK = frozenset({"refund", "reversal"})
"""Kinds of bookings by which money goes back to a card."""
FINAL_WORDS = frozenset(REFUND_STATES[state] for state in FINAL_STATES)


def judge(evidence: Evidence) -> Judgement:
    """Compare everything with everything."""
    found = Judgement(payments=len(evidence.charges), orphans=evidence.orphans)
    for charge in evidence.charges:
        record = evidence.records.get(charge.id)
        if record is None:
            found.lost += 1
            found.blame(charge.id, "its till got an answer, yet it is not stored")
            continue
        _judge_states(charge, record, found)
        for attempt in record.attempts:
            _judge_ledger(charge.id, record.payment.amount, attempt, evidence.transfers, found)
        _judge_refund(charge, evidence, found)
    _judge_money(evidence, found)
    _judge_books(evidence, found)
    _judge_papers(evidence, found)
    return found


def _judge_states(charge: Charge, record: PaymentRecord, found: Judgement) -> None:
    last = record.attempts[-1].state
    if len(record.attempts) != 1:
        found.blame(charge.id, f"has {len(record.attempts)} attempts, its till made one")
    if record.payment.amount.minor != charge.amount_minor or record.payment.terminal_id != charge.terminal_id:
        found.blame(charge.id, "was stored otherwise than it was asked for")
    if last is AttemptState.APPROVED:
        found.approved += 1
    elif last is AttemptState.UNKNOWN:
        found.unknown += 1
        found.suspects.add(charge.id)
    elif last not in FINAL_STATES:
        found.blame(charge.id, f"has not ended: {last}")
    finals = [state for state in charge.told if state in FINAL_STATES]
    if finals and (finals[0] != last or charge.told[-1] != finals[0]):
        found.blame(charge.id, f"its till was told {charge.told}, stored is {last}")


def _judge_refund(charge: Charge, evidence: Evidence, found: Judgement) -> None:
    asked = charge.refund
    if asked is None:
        return
    found.refunds += 1
    record = evidence.refunds.get(asked.id)
    if record is None:
        found.lost += 1
        found.blame(charge.id, f"its till was told of refund {asked.id}, yet it is not stored")
        return
    refund, attempt = record.refund, record.attempt
    if (refund.payment_id, refund.amount.minor, refund.terminal_id) != (
        charge.id,
        asked.amount_minor,
        charge.terminal_id,
    ):
        found.blame(charge.id, f"refund {asked.id} was stored otherwise than it was asked for")
    if attempt.state is AttemptState.APPROVED:
        found.refunded += 1
    elif attempt.state is AttemptState.UNKNOWN:
        found.unknown += 1
        found.suspects.add(charge.id)
    elif attempt.state not in FINAL_STATES:
        found.blame(charge.id, f"refund {asked.id} has not ended: {attempt.state}")
    finals = [state for state in asked.told if state in FINAL_WORDS]
    if finals and (finals[0] != REFUND_STATES[attempt.state] or asked.told[-1] != finals[0]):
        found.blame(charge.id, f"the till of refund {asked.id} was told {asked.told}, stored is {attempt.state}")
    _judge_ledger(charge.id, refund.amount, attempt, evidence.transfers, found)


def _judge_ledger(
    payment_id: uuid.UUID,
    amount: Money,
    attempt: Attempt,
    transfers: Mapping[uuid.UUID, Sequence[Transfer]],
    found: Judgement,
) -> None:
    kinds = Counter(transfer.kind for transfer in transfers.get(attempt.id, ()))
    closed = {
        AttemptState.APPROVED: TransferKind.POST,
        AttemptState.UNKNOWN: None,
        AttemptState.SENT: None,
    }.get(attempt.state, TransferKind.VOID)
    wanted = Counter({TransferKind.PENDING: 1} | ({} if closed is None else {closed: 1}))
    if kinds[TransferKind.POST] > 1:
        found.posted_twice += 1
    if kinds != wanted:
        found.blame(payment_id, f"{attempt.state}, but the ledger has {dict(kinds)}")
    if any(transfer.amount != amount for transfer in transfers.get(attempt.id, ())):
        found.blame(payment_id, "the ledger has another amount")


@dataclass(frozen=True, slots=True)
class _Claim:
    """One stored movement of money and how it ended, beside what a terminal holds."""

    payment_id: uuid.UUID
    terminal: str
    amount_minor: int
    attempt: Attempt


def _judge_money(evidence: Evidence, found: Judgement) -> None:
    """Each booking that stands has exactly one approved attempt of its kind, number and amount, and the reverse."""
    sales = [
        _Claim(one.payment.id, one.payment.terminal_id, one.payment.amount.minor, one.attempts[-1])
        for one in evidence.records.values()
    ]
    refunds = [
        _Claim(one.refund.payment_id, one.refund.terminal_id, one.refund.amount.minor, one.attempt)
        for one in evidence.refunds.values()
    ]
    for claims, gives_back in ((sales, False), (refunds, True)):
        booked = {
            (terminal, entry.receipt_no, entry.amount_minor)
            for terminal, entries in evidence.bookings.items()
            for entry in entries
            if (entry.kind in GIVING_BACK) is gives_back
        }
        _compare(claims, booked, found)


def _compare(claims: list[_Claim], booked: set[tuple[str, int, int]], found: Judgement) -> None:
    approved: dict[tuple[str, int | None, int], list[_Claim]] = defaultdict(list)
    for claim in claims:
        if claim.attempt.state is AttemptState.APPROVED:
            approved[claim.terminal, _receipt_no(claim.attempt), claim.amount_minor].append(claim)
    for key, found_claims in approved.items():
        if key not in booked:
            found.phantom += len(found_claims)
        for claim in found_claims if key not in booked or len(found_claims) > 1 else ():
            words = f"approved with {key}: booked {int(key in booked)}, claimed {len(found_claims)}"
            found.blame(claim.payment_id, words)
    for key in booked - approved.keys():
        _judge_unclaimed(key, claims, found)


def _judge_unclaimed(key: tuple[str, int, int], claims: list[_Claim], found: Judgement) -> None:
    """The terminal moved money that no approved attempt claims: of one that failed here, or of one done before."""
    terminal, receipt_no, amount_minor = key
    of_amount = [claim for claim in claims if (claim.terminal, claim.amount_minor) == (terminal, amount_minor)]
    states = [claim.attempt.state for claim in of_amount]
    if AttemptState.UNKNOWN in states:
        return  # it waits, visibly, for a person: counted there
    if all(state is AttemptState.APPROVED for state in states):
        found.charged_twice += 1
    else:
        found.lost += 1
    words = f"{terminal} holds receipt {receipt_no} of {amount_minor}, nothing here is approved with it"
    found.blame(None, f"{words}; payments of this amount: {[str(claim.payment_id) for claim in of_amount]}")
    found.suspects.update(claim.payment_id for claim in of_amount)


def _receipt_no(attempt: Attempt) -> int | None:
    return attempt.result.numbers.receipt_no if attempt.result is not None else None


def _judge_books(evidence: Evidence, found: Judgement) -> None:
    for currency, difference in evidence.imbalances.items():
        if difference:
            found.blame(None, f"the ledger is out of balance by {difference} {currency}")
    for terminal, entries in evidence.bookings.items():
        taken = sum(-one.amount_minor if one.kind in GIVING_BACK else one.amount_minor for one in entries)
        posted = evidence.receivables.get(card_receivable(DeviceId(terminal)), 0)
        unknown = any(
            record.attempts[-1].state is AttemptState.UNKNOWN and record.payment.terminal_id == terminal
            for record in evidence.records.values()
        ) or any(
            one.attempt.state is AttemptState.UNKNOWN and one.refund.terminal_id == terminal
            for one in evidence.refunds.values()
        )
        if posted != taken and not unknown:
            found.blame(None, f"{terminal} took {taken}, the ledger says {posted}")


def _judge_papers(evidence: Evidence, found: Judgement) -> None:
    """At most one unmarked piece of paper for each receipt; a receipt said to be done is on paper, whole."""
    papers: dict[tuple[str, str], list[Paper]] = defaultdict(list)
    for paper in evidence.papers:
        if paper.number is not None and paper.copy is not None and not paper.marked:
            papers[paper.number, paper.copy].append(paper)
    for printed in _all_printed(evidence):
        copies = {message.payload["copy"] for message in printed.deliveries}
        if printed.approved and copies != {"customer", "merchant"}:
            found.lost_receipts += 1
            found.blame(printed.payment_id, f"approved, but its receipts are {sorted(copies)}")
        for message in printed.deliveries:
            _judge_delivery(printed, message, papers.pop((printed.number, message.payload["copy"]), []), found)
    for number, copy in papers:
        found.blame(None, f"paper {number} {copy} belongs to no receipt that was to be printed")


@dataclass(frozen=True, slots=True)
class _Printed:
    """One payment or refund with its receipts. ``number``: as it stands on them."""

    payment_id: uuid.UUID
    number: str
    trace_id: str
    approved: bool
    deliveries: tuple[OutboxMessage, ...]


def _all_printed(evidence: Evidence) -> list[_Printed]:
    approved = AttemptState.APPROVED
    payments = [
        _Printed(
            one.payment.id,
            short_number(one.payment.id),
            one.payment.trace_id,
            one.attempts[-1].state is approved,
            one.deliveries,
        )
        for one in evidence.records.values()
    ]
    refunds = [
        _Printed(
            one.refund.payment_id,
            short_number(one.refund.id),
            one.refund.trace_id,
            one.attempt.state is approved,
            one.deliveries,
        )
        for one in evidence.refunds.values()
    ]
    return payments + refunds


def _judge_delivery(printed: _Printed, message: OutboxMessage, papers: list[Paper], found: Judgement) -> None:
    name = f"{message.payload['copy']} receipt is {message.state}"
    if len(papers) > 1:
        found.duplicate_receipts += len(papers) - 1
        found.blame(printed.payment_id, f"{name}, and on paper {len(papers)} times unmarked")
    wholes = [paper for paper in papers if paper.whole and paper.trace_id == printed.trace_id]
    match message.state:
        case OutboxState.UNSURE:
            found.unsure += 1
        case OutboxState.DONE if not wholes:
            found.lost_receipts += 1
            found.blame(printed.payment_id, f"{name}, but it is not whole on paper")
        case OutboxState.DONE:
            return
        case OutboxState.READY | OutboxState.STARTED:
            found.blame(printed.payment_id, f"{name} at the end")
        case OutboxState.DEAD:
            found.lost_receipts += 1
            found.blame(printed.payment_id, f"{name}: {message.note}")
