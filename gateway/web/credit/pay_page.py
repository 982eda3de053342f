"""What somebody sees who was sent a pay link: shop, amount, reference, and how to pay. Nobody signs in here.

Who holds the address may look and choose, nothing else; a wrong address looks like one of nothing. The page works
without scripts; with them it tells by itself when something has changed.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from flask import Blueprint, Response, make_response, redirect, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from gateway.domain.bank.epc_qr import parse_epc
from gateway.domain.bank.iban import iban_in_groups
from gateway.domain.bank.swiss_qr import parse_swiss
from gateway.domain.bank.transfer_order import TransferOrder, TransferStandard
from gateway.domain.credit.pay_link import PayLinkState
from gateway.domain.credit.voucher_code import in_groups
from gateway.domain.errors import InputError, NotFound, RuleError
from gateway.services.credit.pay_links import PayLinkView
from gateway.web.auth import public
from gateway.web.container import current
from gateway.web.credit.transfers_api import SVG
from gateway.web.screens import mark_of, words

_TOKEN = re.compile(r"[0-9a-z]{26}")
_ENDED = frozenset({PayLinkState.PAID, PayLinkState.EXPIRED, PayLinkState.CANCELLED})

pages = Blueprint("pay_page", __name__)


@dataclass(frozen=True, slots=True)
class TransferFields:
    """What a payer without a camera types into the bank's form. ``reference`` is written in groups."""

    name: str
    iban: str
    bic: str
    reference: str


@pages.get("/pay/<token>")
@public
def page(token: str) -> Response:
    """Show the link."""
    try:
        return _private(make_response(render_template("pay.html", **_shown(_view(token), token))))
    except NotFound:
        return _unknown()


@pages.get("/pay/<token>/now")
@public
def now(token: str) -> Response:
    """Show the changing part alone; 204 when the reader has seen it as it is (``seen``)."""
    try:
        shown = _shown(_view(token), token)
    except NotFound:
        return _unknown()
    if request.args.get("seen") == shown["mark"]:
        return _private(Response(status=204))
    return _private(make_response(render_template("pay_state.html", **shown)))


@pages.get("/pay/<token>/code.svg")
@public
def code(token: str) -> Response:
    """Draw the code of the transfer that was chosen."""
    try:
        transfer = _view(token).transfer
    except NotFound:
        return _unknown()
    if transfer is None:
        return _unknown()
    picture = current().till.credit.picture.svg(transfer.payload, transfer.standard)
    return _private(Response(picture, content_type=SVG))


@pages.post("/pay/<token>/transfer")
@public
def choose_transfer(token: str) -> BaseResponse:
    """Let the payer pay by bank transfer."""
    return _chosen(token, current().till.credit.pay_links.choose_transfer)


@pages.post("/pay/<token>/choose-again")
@public
def choose_again(token: str) -> BaseResponse:
    """Let the payer choose another way than the transfer."""
    return _chosen(token, current().till.credit.pay_links.give_transfer_up)


def _chosen(token: str, choose: Callable[[str], PayLinkView]) -> BaseResponse:
    try:
        _view(token)
        choose(token)
    except NotFound:
        return _unknown()
    except (RuleError, InputError) as error:
        shown = _shown(_view(token), token)
        return _private(make_response(render_template("pay.html", **shown, problem=error), 409))
    return redirect(f"/pay/{token}", 303)


def _view(token: str) -> PayLinkView:
    if not _TOKEN.fullmatch(token):
        raise NotFound("pay_link_not_found", "There is no such payment link.", "Check the address.")
    return current().till.credit.pay_links.for_payer(token)


def _shown(view: PayLinkView, token: str) -> dict[str, object]:
    waiting = view.state is PayLinkState.WAITING
    offered = view.state is PayLinkState.OPEN and current().till.credit.pay_links.offers_transfer(view.link)
    return {
        "link": view.link,
        "state": view.state,
        "ended": view.state in _ENDED,
        "token": token,
        "till_code": in_groups(view.link.till_code),
        "offered": offered,
        "transfer": view.transfer if waiting else None,
        "fields": _fields(view.transfer) if waiting and view.transfer is not None else None,
        "expires_at": view.link.expires_at.astimezone(current().settings.zone),
        "pay_until": view.transfer.expires_at.astimezone(current().settings.zone) if view.transfer else None,
        "mark": mark_of(view.state, view.transfer, offered, words().language),
    }


def _fields(order: TransferOrder) -> TransferFields:
    """Read the fields out of the code itself, so that both always say the same."""
    if order.standard is TransferStandard.EPC:
        epc = parse_epc(order.payload)
        return TransferFields(epc.name, iban_in_groups(epc.iban), epc.bic, _groups(order.reference))
    bill = parse_swiss(order.payload)
    return TransferFields(bill.creditor.name, iban_in_groups(bill.iban), "", _groups(order.reference))


def _groups(reference: str) -> str:
    return " ".join(reference[start : start + 4] for start in range(0, len(reference), 4))


def _unknown() -> Response:
    return _private(make_response(render_template("pay_unknown.html"), 404))


def _private(response: Response) -> Response:
    """Keep the address out of search engines: it is what opens the page."""
    response.headers["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    return response
