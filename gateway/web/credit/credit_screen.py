"""The screens of vouchers, bank transfers, customers on account and pay links. They show; the API changes."""

import re
import uuid
from datetime import timedelta

from flask import Blueprint, abort, render_template, request

from gateway.domain.access import Permission
from gateway.domain.bank.transfer_order import TransferOrderId, TransferState
from gateway.domain.credit.pay_link import PayLinkId
from gateway.domain.credit.voucher import CustomerId, Voucher, VoucherId
from gateway.domain.errors import RuleError
from gateway.ports.credit_store import VoucherFilter
from gateway.web.auth import caller, requires
from gateway.web.container import current
from gateway.web.credit.pay_links_api import pay_url
from gateway.web.screens import words

ROWS = 50
"""Lines of one page of a list."""

_CUSTOMERS_MAX = 500
"""Customers to choose from where money came late; the API takes any."""
_A_MOMENT = timedelta(microseconds=1)
"""A voucher's last day is the one that ends when it expires."""
_END = re.compile(r"[0-9A-Z]{4}")
_SCRIPT_TEXTS = ("credit.script_", "error.", "hint.", "till.offline", "format.")
_TO_DO = (TransferState.LATE, TransferState.OPEN)

pages = Blueprint("credit_screen", __name__)


@pages.get("/credit")
@requires(Permission.CREDIT_GIVE)
def vouchers() -> str:
    """Show vouchers, newest first, or those whose code ends as somebody remembers."""
    end = request.args.get("end", "").strip().upper()[-4:]
    before = _id(request.args.get("before"))
    known = end if _END.fullmatch(end) else ""
    wanted = VoucherFilter(code_end=known, before=None if before is None else VoucherId(before))
    found = current().till.credit.vouchers.list(caller(), wanted, limit=ROWS) if known or not end else ()
    return render_template(
        "credit_vouchers.html", vouchers=found, end=end, more=len(found) == ROWS, mark=_mark, **_shared()
    )


@pages.get("/credit/vouchers/<uuid:voucher_id>")
@requires(Permission.CREDIT_GIVE)
def voucher(voucher_id: uuid.UUID) -> str:
    """Show one voucher with everything that happened to it."""
    record = current().till.credit.vouchers.get(caller(), VoucherId(voucher_id))
    return render_template("credit_voucher.html", record=record, voucher=record.voucher, mark=_mark, **_shared())


@pages.get("/credit/transfers")
@requires(Permission.TRANSFERS_CONFIRM)
def transfers() -> str:
    """Show the transfers that need somebody, or all of them."""
    everything = request.args.get("show") == "all"
    before = _id(request.args.get("before"))
    found = current().till.credit.transfers.list(
        caller(),
        tuple(TransferState) if everything else _TO_DO,
        limit=ROWS,
        before=None if before is None else TransferOrderId(before),
    )
    has_late = any(order.state is TransferState.LATE for order in found)
    return render_template(
        "credit_transfers.html",
        orders=found,
        everything=everything,
        more=len(found) == ROWS,
        accounts=current().till.credit.customers.find(caller(), "", limit=_CUSTOMERS_MAX) if has_late else (),
        **_shared(),
    )


@pages.get("/credit/customers")
@requires(Permission.CREDIT_GIVE)
def customers() -> str:
    """Show customers on account by name."""
    find = request.args.get("find", "")[:60].strip()
    after = _id(request.args.get("after"))
    found = current().till.credit.customers.find(
        caller(), find, limit=ROWS, after=None if after is None else CustomerId(after)
    )
    return render_template("credit_customers.html", accounts=found, find=find, more=len(found) == ROWS, **_shared())


@pages.get("/credit/customers/<uuid:customer_id>")
@requires(Permission.CREDIT_GIVE)
def customer(customer_id: uuid.UUID) -> str:
    """Show one customer and the newest lines of the account."""
    account, lines = current().till.credit.customers.get(caller(), CustomerId(customer_id))
    registers = current().registers()
    return render_template("credit_customer.html", account=account, lines=lines, registers=registers, **_shared())


@pages.get("/pay-links")
@requires(Permission.PAYMENTS_CREATE)
def links() -> str:
    """Show pay links, newest first; one of them with its address and code."""
    service, who = current().till.credit.pay_links, caller()
    before = _id(request.args.get("before"))
    found = service.list(who, limit=ROWS, before=None if before is None else PayLinkId(before))
    shown = _id(request.args.get("link"))
    view = None if shown is None else service.get(who, PayLinkId(shown))
    return render_template(
        "credit_links.html",
        views=found,
        shown=view,
        url=None if view is None else _address(PayLinkId(view.link.id)),
        more=len(found) == ROWS,
        registers=[register for register in current().registers() if register.terminal_id is not None],
        **_shared(),
    )


def _address(link_id: PayLinkId) -> str | None:
    try:
        return pay_url(current().till.credit.pay_links.token(caller(), link_id))
    except RuleError:
        # Made with another key: the list still shows it, the address cannot be told.
        return None


def _shared() -> dict[str, object]:
    container = current()
    return {
        "now": container.clock.now(),
        "a_moment": _A_MOMENT,
        "zone": container.settings.zone,
        "currency": container.settings.currency,
        "rights": caller().permissions,
        "texts": words().part(*_SCRIPT_TEXTS),
    }


def _mark(voucher: Voucher, left_minor: int) -> str:
    """Return which of its states a voucher is in, for people."""
    if voucher.blocked:
        return "blocked"
    if voucher.has_expired(current().clock.now()):
        return "expired"
    return "good" if left_minor > 0 else "spent"


def _id(text: str | None) -> uuid.UUID | None:
    """Read the cursor of a page; one that is none was not made by us."""
    if not text:
        return None
    try:
        return uuid.UUID(text)
    except ValueError:
        abort(404)
