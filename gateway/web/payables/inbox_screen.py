"""The inbox of payables: what needs somebody, what is due, what is on its way, what is paid. It only shows."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from flask import Blueprint, abort, render_template, request

from gateway.domain.access import Caller, Permission
from gateway.domain.ids import PayableId, in_order
from gateway.domain.payables.payable import OPEN_STATES, WITH_BANK, Payable, PayableKind, PayableState
from gateway.ports.payable_store import PayableSort, PayableTally, PayableWish
from gateway.web.auth import caller, requires
from gateway.web.container import current
from gateway.web.payables.payable_faces import PAYABLE_FACES
from gateway.web.payables.payable_related import other_account

ROWS = 50
"""Rows of one page: more than a screen, less than a person reads."""

_FIND_MAX = 100
_FIRST = "open"
_S = PayableState
_STATES: Mapping[str, tuple[PayableState, ...]] = {
    "open": tuple(sorted(OPEN_STATES)),
    "decide": (_S.EXCEPTION, _S.DUPLICATE_SUSPECT, _S.RETURNED),
    "match": (_S.VALIDATED,),
    "approve": (_S.MATCHED,),
    "pay": (_S.APPROVED, _S.PART_PAID),
    "held": tuple(sorted(OPEN_STATES)),
    "overdue": tuple(sorted(OPEN_STATES)),
    "in_run": (_S.SCHEDULED, _S.IN_RUN),
    "with_bank": tuple(sorted(WITH_BANK)),
    "paid": (_S.SETTLED, _S.RECONCILED),
    "ended": (_S.REJECTED, _S.CANCELLED),
    "all": tuple(PayableState),
}
_NEWEST_FIRST = frozenset({"paid", "ended", "all", "with_bank"})
_TONES = {"decide": "stop", "overdue": "stop", "approve": "wait", "match": "wait"}

pages = Blueprint("payables_screen", __name__)


@dataclass(frozen=True, slots=True)
class PayableChip:
    """One filter. ``count``: rows behind it; ``tone``: ``wait`` or ``stop`` where they need somebody, else empty."""

    name: str
    count: int
    tone: str


@pages.get("/payables")
@requires(Permission.PAYABLES_READ)
def payables() -> str:
    """Show the rows of one filter, the next due first."""
    read, who = current().till.payables.core.read, caller()
    tally, today = read.tally(who), read.today()
    asked = request.args.get("show", "")
    show = asked if asked in _STATES else _FIRST
    find = request.args.get("q", "")[:_FIND_MAX].strip()
    before = request.args.get("before", "")
    page = read.list(who, _wish(show, find, today), before=_payable_id(before), limit=ROWS + 1)
    return render_template(
        "payables/inbox.html",
        chips=tuple(_chip(name, tally) for name in _STATES),
        show=show,
        q=find,
        before=before,
        rows=page[:ROWS],
        next_before=str(page[ROWS - 1].payable.id) if len(page) > ROWS else "",
        nothing_yet=not sum(tally.states.values()),
        other_accounts=_other_accounts(who, [row.payable for row in page[:ROWS]]),
        faces=PAYABLE_FACES,
    )


def _other_accounts(who: Caller, payables: Sequence[Payable]) -> frozenset[PayableId]:
    """Return those that print another account than the one their supplier is paid to, while they can be stopped."""
    printing = [one for one in payables if one.printed_iban and one.state in OPEN_STATES]
    if not printing:
        return frozenset()
    with current().storage.read() as unit:
        suppliers = in_order({one.supplier_id for one in printing})
        paid = unit.suppliers.effective_accounts(who.tenant_id, who.store_id, suppliers)
    known = [(one, paid[one.supplier_id]) for one in printing if one.supplier_id in paid]
    return frozenset(one.id for one, account in known if other_account(one, (account,)) is not None)


def _wish(show: str, find: str, today: date) -> PayableWish:
    overdue = show == "overdue"
    return PayableWish(
        states=_STATES[show],
        text=find,
        held=True if show == "held" else None,
        due_until=today - timedelta(days=1) if overdue else None,
        kind=PayableKind.INVOICE if overdue else None,
        sort=PayableSort.NEWEST if show in _NEWEST_FIRST else PayableSort.DUE,
    )


def _chip(name: str, tally: PayableTally) -> PayableChip:
    special = {"held": tally.held, "overdue": tally.overdue}
    count = special.get(name, sum(tally.states.get(state, 0) for state in _STATES[name]))
    return PayableChip(name, count, _TONES.get(name, "") if count else "")


def _payable_id(text: str) -> PayableId | None:
    """Read the cursor of a page; one that is no id was not made by us."""
    if not text:
        return None
    try:
        return PayableId(uuid.UUID(text))
    except ValueError:
        abort(404)
