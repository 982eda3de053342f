"""Tells the story of payments that went wrong: what till, gateway, terminal and printer have each seen, in order."""

import uuid
from collections.abc import Iterator
from pathlib import Path

from bench.crash_devices import printer_journal, terminal_journal
from bench.crash_evidence import Evidence, Judgement
from bench.crash_run import RunRecord
from gateway.ports.unit_of_work import PaymentRecord

STORIES_MAX = 10
LOG_LINES_MAX = 60


def stories(evidence: Evidence, judgement: Judgement, record: RunRecord, folder: Path) -> str:
    """Return the stories of the first suspects; empty when there are none."""
    told = []
    for payment_id in sorted(judgement.suspects)[:STORIES_MAX]:
        charge = next(charge for charge in evidence.charges if charge.id == payment_id)
        lines = [f"== {payment_id}: {charge.amount_minor} at {charge.terminal_id}, told {charge.told}"]
        stored = evidence.records.get(payment_id)
        if stored is not None:
            lines += _of_gateway(stored, evidence)
        lines += _of_refunds(payment_id, evidence)
        lines += _of_devices(charge.terminal_id, charge.amount_minor, payment_id.hex, folder)
        lines += _of_logs(payment_id.hex, str(payment_id), stored, folder)
        told.append("\n".join(lines))
    if told:
        told.append("\n".join(f"kill {kill.at_s:8.3f} s node {kill.node} {kill.point}" for kill in record.kills))
    return "\n\n".join(told)


def _of_gateway(stored: PaymentRecord, evidence: Evidence) -> Iterator[str]:
    for attempt in stored.attempts:
        yield (
            f"attempt {attempt.number}: {attempt.state} sent {attempt.sent_at} concluded {attempt.concluded_at}"
            f" epoch {attempt.epoch} baseline {attempt.baseline} {attempt.reason_code}: {attempt.reason}"
        )
        if attempt.result is not None:
            yield f"  result {attempt.result.numbers} {attempt.result.amount_minor} code {attempt.result.code}"
        for transfer in evidence.transfers.get(attempt.id, ()):
            yield f"  ledger {transfer.kind} {transfer.amount.minor} at {transfer.recorded_at}"
    for event in stored.events:
        yield f"event {event.sequence} {event.recorded_at} {event.kind} {event.state} by {event.actor}: {event.words}"
    for message in stored.deliveries:
        yield f"receipt {message.payload['copy']} {message.state} epoch {message.epoch} {message.note}"


def _of_refunds(payment_id: uuid.UUID, evidence: Evidence) -> Iterator[str]:
    for one in evidence.refunds.values():
        if one.refund.payment_id != payment_id:
            continue
        attempt = one.attempt
        yield (
            f"refund {one.refund.id}: {one.refund.amount.minor} by {one.refund.way}, {attempt.state}"
            f" sent {attempt.sent_at} baseline {attempt.baseline} {attempt.reason_code}: {attempt.reason}"
        )
        for event in one.events:
            yield f"  event {event.sequence} {event.recorded_at} {event.kind} by {event.actor}: {event.words}"
        for message in one.deliveries:
            yield f"  receipt {message.payload['copy']} {message.state} epoch {message.epoch} {message.note}"


def _of_devices(terminal_id: str, amount_minor: int, payment_hex: str, folder: Path) -> Iterator[str]:
    journal = terminal_journal(folder, int(terminal_id.rpartition("-")[2]))
    lines = journal.read_text("ascii").splitlines()
    for place, line in enumerate(lines):
        if f'"amount_minor":{amount_minor},' in line:
            yield from (f"terminal {near}" for near in lines[max(0, place - 1) : place + 2])
    papers = printer_journal(folder)
    number = payment_hex[-8:].upper()
    for line in papers.read_text("utf-8").splitlines() if papers.exists() else ():
        if number in line:
            yield f"paper {line}"


def _of_logs(payment_hex: str, payment_id: str, stored: PaymentRecord | None, folder: Path) -> Iterator[str]:
    ids = [payment_hex, payment_id, *(str(attempt.id) for attempt in (stored.attempts if stored else ()))]
    for log in sorted(folder.glob("node-*.log")):
        with log.open(encoding="utf-8", errors="replace") as file:
            found = [line.rstrip() for line in file if any(one in line for one in ids)]
        yield from (f"{log.stem} {line}" for line in found[:LOG_LINES_MAX])
