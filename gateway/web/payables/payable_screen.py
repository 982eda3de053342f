"""The page of one payable: what is owed, the way it has come, who did what, and what can be done. It only shows."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, render_template

from gateway.domain.access import Permission
from gateway.domain.ids import PayableId
from gateway.domain.payables.paid_outside import OutsideWay
from gateway.domain.payables.payable import PayableEvent, PayableState, PayableStep
from gateway.services.payables.pay_outside import recorded_outside
from gateway.services.payables.read_payables import PayableView
from gateway.web.auth import caller, requires
from gateway.web.container import current
from gateway.web.payables.approvals_screen import sign_tone, sign_words
from gateway.web.payables.payable_answers import account_hint, payable_whole
from gateway.web.payables.payable_faces import PAYABLE_FACES
from gateway.web.payables.payable_related import Related, related_in
from gateway.web.screens import words

_SCRIPT_TEXTS = ("error.", "hint.", "payable.script_", "till.offline")
_S, _E = PayableState, PayableStep
MILESTONES: tuple[tuple[str, PayableStep], ...] = (
    ("received", _E.RECEIVED),
    ("matched", _E.MATCHED),
    ("approved", _E.APPROVED),
    ("scheduled", _E.SCHEDULED),
    ("run_approved", _E.RUN_APPROVED),
    ("sent", _E.SENT),
    ("accepted", _E.ACCEPTED),
    ("settled", _E.SETTLED),
)
"""The way every payable goes, in order."""
PAID_OUTSIDE: tuple[tuple[str, PayableStep], ...] = (*MILESTONES[:3], ("paid_outside", _E.PAID_OUTSIDE))
"""The way of one that was paid by card, in cash or by direct debit."""

_REACHED: Mapping[PayableState, int] = {
    _S.VALIDATED: 1,
    _S.DUPLICATE_SUSPECT: 1,
    _S.EXCEPTION: 1,
    _S.MATCHED: 2,
    _S.APPROVED: 3,
    _S.SCHEDULED: 4,
    _S.IN_RUN: 5,
    _S.SENT: 6,
    _S.ACCEPTED: 7,
    _S.EXECUTED: 7,
    _S.SETTLED: 8,
    _S.RECONCILED: 8,
    _S.RETURNED: 7,
    _S.PART_PAID: 7,
}
"""How many milestones lie behind a payable in this state; what was ended by a person has left the way."""
_SENT = "sent"
_PEOPLE = "people"
"""The detail of an approval that names everybody who gave it."""

pages = Blueprint("payable_screen", __name__)


@dataclass(frozen=True, slots=True)
class Milestone:
    """One stop of the way. ``state``: ``done``, ``next`` or ``later``; ``actor``: all of them; both only where done."""

    name: str
    state: str
    actor: str
    at: datetime | None


@pages.get("/payables/<uuid:payable_id>")
@requires(Permission.PAYABLES_READ)
def payable(payable_id: uuid.UUID) -> str:
    """Show one payable with everything that is known of it."""
    container, who = current(), caller()
    view = container.till.payables.core.read.get(who, PayableId(payable_id))
    with container.storage.read() as unit:
        related = related_in(unit, who, view)
    one = view.payable
    may_work = Permission.PAYABLES_WORK in who.permissions
    return render_template(
        "payables/payable.html",
        row=view.row,
        one=one,
        told=payable_whole(view),
        way=(*_arrived(related), *milestones(view, related.released)),
        related=related,
        signs=tuple((found, sign_tone(found), sign_words(found)) for found in related.signs),
        events=tuple(reversed(view.events)),
        printed=account_hint(one.printed_iban),
        steps=frozenset(step.value for step in view.steps) if may_work else frozenset(),
        may_work=may_work,
        outside_ways=tuple(one.value for one in OutsideWay),
        today=container.till.payables.core.read.today().isoformat(),
        may_documents=Permission.DOCUMENTS_READ in who.permissions,
        faces=PAYABLE_FACES,
        zone=container.settings.zone,
        texts=words().part(*_SCRIPT_TEXTS),
    )


def _arrived(related: Related) -> tuple[Milestone, ...]:
    """Return the stop before all others: the document, where there is one."""
    arrival = related.arrival
    return () if arrival is None else (Milestone("captured", "done", arrival.arrived_by, arrival.arrived_at),)


def milestones(view: PayableView, released: tuple[str, datetime] | None) -> tuple[Milestone, ...]:
    """Return the way of a payable: who and when for what lies behind it, in the last round where there were several.

    Args:
        view: the payable with its journal.
        released: who released its run to the bank, and when; the payable's own journal does not tell it.
    """
    state = view.payable.state
    ended = state not in _REACHED
    behind = _reached_before_end(view.events) if ended else _REACHED[state]
    outside = recorded_outside(view.events) is not None
    way = PAID_OUTSIDE if outside else MILESTONES
    behind = len(way) if outside else behind
    found = []
    for index, (name, step) in enumerate(way):
        last = next((event for event in reversed(view.events) if event.step is step), None)
        done = index < behind
        told = last if done else None
        word = "done" if done else "next" if index == behind and not ended else "later"
        actor = "" if told is None else (told.detail or {}).get(_PEOPLE, told.actor)
        if name == _SENT and released is not None and done:
            found.append(Milestone("released", "done", *released))
        found.append(Milestone(name, word, actor, None if told is None else told.at))
    return tuple(found)


def _reached_before_end(events: tuple[PayableEvent, ...]) -> int:
    """Return how far it had come when a person ended it."""
    return _REACHED.get(events[-1].before, 1) if events else 1
