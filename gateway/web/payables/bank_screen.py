"""Screens of the loop with banks: what waits, what banks sent, the fate of one payment. They show; the API changes."""

import re

from flask import Blueprint, abort, redirect, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from gateway.domain.access import Permission
from gateway.domain.payables.bank_status import may_be_paid_again
from gateway.domain.payables.bank_task import DecisionKind
from gateway.domain.payables.payment_order import OrderState, PayeeCheck
from gateway.ports.virtual_bank import VirtualBankDesk
from gateway.web.auth import caller, requires
from gateway.web.container import current
from gateway.web.screens import words

ROWS = 50
TONES = {
    OrderState.SETTLED: ("ok", "circle-check"),
    OrderState.EXECUTED: ("ok", "check"),
    OrderState.ACCEPTED: ("wait", "check"),
    OrderState.REJECTED: ("stop", "circle-x"),
    OrderState.RETURNED: ("stop", "undo-2"),
    OrderState.CANCELLED: ("", "ban"),
    OrderState.AWAITING_PAYEE_CHECK: ("wait", "circle-help"),
}
"""Tone and icon of a payment's state; what is not named is on its way."""
_WAITS = ("wait", "hourglass")
_SCRIPT_TEXTS = ("bank.script_", "error.", "hint.", "till.offline", "format.")
_VOIDABLE = (OrderState.SENT, OrderState.PENDING, OrderState.AWAITING_PAYEE_CHECK)

_KIND = re.compile(r"pain\.002|camt\.05[2-4]|nacha")
"""A message as the reader of messages names its kind."""
_FIGURE = re.compile(r"([0-9]+) ([a-z ]+)")

pages = Blueprint("bank_screen", __name__)


def message_did(outcome: str) -> str:
    """Return what a message did in the reader's language: kinds stay, figures are retold, the bank's own words stay."""
    return "; ".join(_part_told(part) for part in outcome.split("; "))


def _part_told(part: str) -> str:
    kind, colon, said = part.partition(": ")
    if not colon or _KIND.fullmatch(kind) is None:
        return part
    return f"{kind}: " + ", ".join(_figure_told(one) for one in said.split(", "))


def _figure_told(said: str) -> str:
    found = _FIGURE.fullmatch(said)
    number, what = found.groups() if found else ("", said)
    key = f"bank_did.{what.replace(' ', '_')}"
    return words()(key, n=number) if words().known(key) else said


@pages.get("/payment-runs/bank")
@requires(Permission.PAYABLES_READ)
def bank() -> str:
    """Show what waits for somebody, files on their way, and the messages of banks with what each did."""
    services, who = current().till.payables.bank, caller()
    return render_template(
        "payables/bank.html",
        tasks=services.fates.tasks(who),
        files=services.files.waiting(who),
        messages=services.messages.list(who, ROWS),
        may_work=Permission.PAYABLES_WORK in who.permissions,
        may_release=Permission.RUNS_RELEASE in who.permissions,
        virtual=services.virtual is not None,
        did=message_did,
        texts=words().part(*_SCRIPT_TEXTS),
    )


@pages.get("/payment-runs/payments/<end_to_end_id>")
@requires(Permission.PAYABLES_READ)
def payment(end_to_end_id: str) -> str:
    """Show the fate of one payment: its story with the bank's words, and what can be decided."""
    who = caller()
    fate = current().till.payables.bank.fates.fate(who, end_to_end_id)
    order = fate.order
    decided = {decision.kind for decision in fate.decisions}
    waits = order.state is OrderState.AWAITING_PAYEE_CHECK and decided.isdisjoint(
        {DecisionKind.PAY, DecisionKind.CANCEL}
    )
    releases, works = Permission.RUNS_RELEASE in who.permissions, Permission.PAYABLES_WORK in who.permissions
    return render_template(
        "payables/bank_payment.html",
        fate=fate,
        order=order,
        tone=TONES.get(order.state, _WAITS),
        may_decide=waits and releases,
        may_learn=order.payee_check == PayeeCheck.CLOSE_MATCH,
        may_void=releases and order.state in _VOIDABLE and fate.run.released_by != who.id,
        may_reissue=works and may_be_paid_again(order.state) and DecisionKind.REISSUE not in decided,
        texts=words().part(*_SCRIPT_TEXTS),
    )


@pages.get("/payment-runs/virtual-bank")
@requires(Permission.PAYABLES_READ)
def virtual_bank() -> str:
    """Show the virtual bank of the demo; elsewhere there is none."""
    desk = _desk()
    return render_template(
        "payables/virtual_bank.html",
        today=desk.today(),
        scenario=desk.scenario(),
        scenarios=desk.scenarios(),
        payments=desk.payments(),
    )


@pages.post("/payment-runs/virtual-bank/<act>")
@requires(Permission.PAYABLES_READ)
def operate(act: str) -> BaseResponse:
    """Choose how the virtual bank behaves, turn its calendar on, or decide as in its portal."""
    desk = _desk()
    if act == "next-day":
        desk.next_day()
    elif act == "scenario":
        if not desk.choose(request.form.get("scenario", "")):
            abort(404)
    elif act not in ("pay", "cancel") or not desk.decide(request.form.get("payment", ""), pay=act == "pay"):
        abort(404)
    return redirect("/payment-runs/virtual-bank", 303)


def _desk() -> VirtualBankDesk:
    desk = current().till.payables.bank.virtual
    if desk is None:
        abort(404)
    return desk
