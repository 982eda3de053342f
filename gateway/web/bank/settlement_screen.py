"""Screens of settlement with acquirers: payouts, one payout, contracts, chargebacks. They show; the API changes."""

import re
import uuid
from contextlib import suppress
from datetime import date

from flask import Blueprint, abort, render_template, request

from gateway.domain.access import Permission
from gateway.domain.bank.acquirer_contract import ReasonFamily
from gateway.domain.bank.chargeback import BY_PEOPLE, TRANSITIONS, ChargebackState
from gateway.domain.bank.payout import OURS, PayoutState
from gateway.domain.currencies import CURRENCIES
from gateway.domain.errors import NotFound
from gateway.domain.money import Currency, Money
from gateway.web.auth import caller, requires
from gateway.web.bank.settlement_api import services
from gateway.web.container import current
from gateway.web.screens import names, words

ROWS = 30
RECORDS_MAX = 500
BLANK_FEES, BLANK_DEADLINES = 2, 1
PERCENT = Currency("%", "000", 2)
"""Hundredths of a percent are written as amounts are: with two places."""
SCRIPT_TEXTS = ("error.", "hint.", "till.offline", "settlement.script_")
PAYOUT_TONES = {
    PayoutState.COLLECTING: ("still", "clock"),
    PayoutState.IN_TRANSIT: ("wait", "hourglass"),
    PayoutState.ARRIVED: ("ok", "circle-check"),
    PayoutState.ARRIVED_OTHERWISE: ("stop", "triangle-alert"),
    PayoutState.COMPARED: ("ok", "check"),
}
CHARGEBACK_TONES = {
    ChargebackState.OPENED: ("wait", "hourglass"),
    ChargebackState.ANSWERED: ("wait", "mail"),
    ChargebackState.WON: ("ok", "circle-check"),
    ChargebackState.LOST: ("stop", "circle-x"),
    ChargebackState.ACCEPTED: ("still", "x"),
    ChargebackState.EXPIRED: ("stop", "clock"),
}

_AMOUNT = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,4})? [A-Z]{3}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")

pages = Blueprint("settlement_screen", __name__)


@pages.get("/settlement")
@requires(Permission.STATEMENTS_READ)
def settlements() -> str:
    """Show payouts, the last reported first, and what waits for somebody."""
    who = caller()
    before = _id(request.args.get("before", ""))
    found = services().settle.payouts(who, before=before, limit=ROWS + 1)
    versions = services().contracts.list(who)
    return render_template(
        "bank/settlements.html",
        payouts=found[:ROWS],
        next_before=found[ROWS - 1].id if len(found) > ROWS else None,
        tasks=services().settle.tasks(who),
        tones=PAYOUT_TONES,
        told_figure=told_figure,
        contract_names={one.acquirer: one.terms.name for one in reversed(versions)},
        may_work=Permission.STATEMENTS_WORK in who.permissions,
        texts=words().part(*SCRIPT_TEXTS),
    )


@pages.get("/settlement/payouts/<payout_id>")
@requires(Permission.STATEMENTS_READ)
def settlement(payout_id: str) -> str:
    """Show one payout: how it adds up, what differs, its records, and bookings for those that have none."""
    who, asked = caller(), _id(payout_id)
    if asked is None:
        abort(404)
    try:
        view = services().settle.payout(who, asked)
    except NotFound:
        abort(404)
    chosen = _id(request.args.get("entry", ""))
    open_entry = next(
        (one for one in view.entries if one.id == chosen and one.attempt_id is None and one.kind in OURS), None
    )
    return render_template(
        "bank/settlement.html",
        view=view,
        payout=view.payout,
        tones=PAYOUT_TONES,
        told_figure=told_figure,
        parts=_parts(view.payout.currency, view.payout.sums),
        records=view.entries[:RECORDS_MAX],
        records_max=RECORDS_MAX,
        ours=OURS,
        open_entry=open_entry,
        candidates=services().settle.candidates(who, open_entry.id) if open_entry else (),
        names=names(current(), who),
        may_work=Permission.STATEMENTS_WORK in who.permissions,
        texts=words().part(*SCRIPT_TEXTS),
    )


@pages.get("/settlement/contracts")
@requires(Permission.STATEMENTS_READ)
def contracts() -> str:
    """Show the contracts with all their versions, and a form for the next one (``acquirer``: of whom)."""
    who = caller()
    versions = services().contracts.list(who)
    newest = {one.acquirer: one for one in reversed(versions)}
    asked = newest.get(request.args.get("acquirer", ""))
    with current().storage.read() as unit:
        devices = unit.devices.list(who.tenant_id, who.store_id)
    return render_template(
        "bank/contracts.html",
        newest=tuple(newest[key] for key in sorted(newest)),
        versions=versions,
        asked=asked,
        terminals=[one for one in devices if one.kind == "terminal"],
        families=[one.value for one in ReasonFamily],
        blank_fees=range(BLANK_FEES if asked else BLANK_FEES + 2),
        blank_deadlines=range(BLANK_DEADLINES),
        own=current().settings.currency if asked is None else asked.terms.currency,
        percent=PERCENT,
        money=Money,
        today=services().cash.today().isoformat(),
        may_work=Permission.STATEMENTS_WORK in who.permissions,
        texts=words().part(*SCRIPT_TEXTS),
    )


@pages.get("/chargebacks")
@requires(Permission.STATEMENTS_READ)
def chargebacks() -> str:
    """Show open chargebacks, the next last day first; with ``which=all`` all of them."""
    who = caller()
    everything = request.args.get("which", "") == "all"
    return render_template(
        "bank/chargebacks.html",
        chargebacks=services().chargebacks.list(who, open_only=not everything),
        everything=everything,
        tones=CHARGEBACK_TONES,
        today=services().cash.today(),
        acquirers=sorted({one.acquirer for one in services().contracts.list(who)}),
        currency=current().settings.currency.code,
        may_work=Permission.STATEMENTS_WORK in who.permissions,
        texts=words().part(*SCRIPT_TEXTS),
    )


@pages.get("/chargebacks/<chargeback_id>")
@requires(Permission.STATEMENTS_READ)
def chargeback(chargeback_id: str) -> str:
    """Show one chargeback: until when it can be answered, its sale, its files, its journal, what can be done."""
    who, asked = caller(), _id(chargeback_id)
    if asked is None:
        abort(404)
    try:
        view = services().chargebacks.one(who, asked)
    except NotFound:
        abort(404)
    return render_template(
        "bank/chargeback.html",
        view=view,
        found=view.chargeback,
        tones=CHARGEBACK_TONES,
        today=services().cash.today(),
        steps=[step for step in TRANSITIONS[view.chargeback.state] if step in BY_PEOPLE],
        may_work=Permission.STATEMENTS_WORK in who.permissions,
        texts=words().part(*SCRIPT_TEXTS),
    )


def told_figure(value: str) -> str:
    """Return a figure of a task as the reader's language writes it: an amount, a day, or words as they are."""
    table, (whole, _, code) = words(), value.partition(" ")
    if _AMOUNT.fullmatch(value) and code in CURRENCIES:
        return table.money(Money.from_decimal(whole, Currency.of(code)))
    if _DAY.fullmatch(value):
        with suppress(ValueError):
            return table.day(date.fromisoformat(value))
    return table.retold(value)


def _parts(currency: Currency, sums: object) -> list[tuple[str, Money]]:
    """Return the lines of the sum in the order they are read."""
    order = ("sales", "refunds", "chargebacks", "fees", "reserve", "adjustments")
    return [(name, Money(getattr(sums, name), currency)) for name in order]


def _id(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
