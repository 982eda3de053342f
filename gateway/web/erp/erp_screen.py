"""ERPs on the screen: how each account fares, its documents, one document with its way, and the mapping."""

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from flask import Blueprint, abort, render_template, request

from gateway.domain.access import Permission
from gateway.domain.erp.documents import DocumentKind
from gateway.domain.erp.failure import ErpFailure
from gateway.domain.erp.posting import IN_WORK, PostingState
from gateway.domain.errors import NotFound
from gateway.domain.money import Currency, Money
from gateway.services.erp.look_at_accounts import AccountSeen
from gateway.web.auth import caller, requires
from gateway.web.container import current
from gateway.web.erp.posting_way import way_of
from gateway.web.screens import words

ROWS = 50
_S = PostingState
POSTING_TONES = {
    _S.WAITING: ("still", "clock"),
    _S.SENDING: ("wait", "upload"),
    _S.UNKNOWN: ("wait", "circle-help"),
    _S.DRAFT: ("wait", "pencil"),
    _S.ACCEPTED: ("wait", "hourglass"),
    _S.REFUSED: ("stop", "circle-x"),
    _S.POSTED: ("ok", "circle-check"),
    _S.DUPLICATE: ("ok", "circle-check"),
    _S.GIVEN_UP: ("still", "x"),
}
SHOWN: Mapping[str, frozenset[PostingState]] = {
    "all": frozenset(PostingState),
    "refused": frozenset({_S.REFUSED}),
    "on_the_way": frozenset({_S.WAITING, _S.SENDING}),
    "unknown": frozenset({_S.UNKNOWN}),
    "there_unposted": frozenset({_S.DRAFT, _S.ACCEPTED}),
    "there": frozenset({_S.POSTED, _S.DUPLICATE}),
    "given_up": frozenset({_S.GIVEN_UP}),
}
"""What a reader may ask for; ``there_unposted``: a person or the ERP has yet to post it."""
_CHIP_TONES = {"refused": "stop", "unknown": "wait", "there_unposted": "wait"}
_SCRIPT_TEXTS = ("error.", "hint.", "till.offline", "erp.trying_for")

pages = Blueprint("erp_screen", __name__)


@dataclass(frozen=True, slots=True)
class PostingChip:
    """One filter with how many it would show."""

    name: str
    count: int
    tone: str


@pages.get("/erps")
@requires(Permission.ERP_READ)
def accounts() -> str:
    """Show every account, how it fares and what waits for it."""
    who = caller()
    return render_template(
        "erp/accounts.html",
        accounts=current().till.outward.erps.all(who),
        shown=SHOWN,
        chip_tones=_CHIP_TONES,
        may_read=Permission.STATEMENTS_READ in who.permissions,
        may_listen=Permission.ERP_EXCHANGES in who.permissions,
        texts=words().part(*_SCRIPT_TEXTS),
    )


@pages.post("/erps/<account>/check")
@requires(Permission.ERP_READ)
def check(account: str) -> str:
    """Try the connection and show what answered, or why nothing did; nothing is written there."""
    erps, report, failure = current().till.outward.erps, None, None
    try:
        report = erps.check(caller(), account)
    except ErpFailure as error:
        failure = error
    return render_template("erp/checked.html", report=report, failure=failure)


@pages.get("/erps/<account>")
@requires(Permission.STATEMENTS_READ)
def documents(account: str) -> str:
    """Show documents of an account, the newest first, in some states and of one kind or of all."""
    who, seen = caller(), _seen(account)
    show, kind = request.args.get("show", "all"), request.args.get("kind", "")
    if show not in SHOWN or (kind and kind not in set(DocumentKind)):
        abort(404)
    asked = request.args.get("before", "")
    found = current().till.payables.doors.postings.newest(
        who,
        account,
        SHOWN[show],
        kind=DocumentKind(kind) if kind else None,
        before=int(asked) if asked.isdecimal() and len(asked) < 16 else None,
        limit=ROWS + 1,
    )
    chips = [PostingChip(name, seen.in_state(*states), _CHIP_TONES.get(name, "")) for name, states in SHOWN.items()]
    return render_template(
        "erp/documents.html",
        seen=seen,
        rows=[(one, *_headline(one.kind, one.document)) for one in found[:ROWS]],
        older=found[ROWS - 1].sequence if len(found) > ROWS else None,
        chips=[chip for chip in chips if chip.count or chip.name in ("all", show)],
        kinds=sorted({kind for _, kind in seen.counts}),
        show=show,
        kind=kind,
        tones=POSTING_TONES,
        in_work=IN_WORK,
    )


@pages.get("/erps/<account>/documents/<key>")
@requires(Permission.STATEMENTS_READ)
def document(account: str, key: str) -> str:
    """Show one document, its way across systems, its journal, and what may be decided."""
    container, who = current(), caller()
    _seen(account)
    posting, events = container.till.payables.doors.postings.look(who, account, key)
    content = posting.document
    currency = Currency.of(content["currency"])
    may_work = Permission.STATEMENTS_WORK in who.permissions
    return render_template(
        "erp/document.html",
        account=account,
        one=posting,
        headline=_headline(posting.kind, content),
        content=content,
        amount=lambda minor: Money(minor, currency),
        day=date.fromisoformat,
        decimal=Decimal,
        way=way_of(container, who, posting),
        events=tuple(reversed(events)),
        tones=POSTING_TONES,
        in_work=IN_WORK,
        may_retry=may_work and posting.state in (_S.REFUSED, _S.WAITING),
        may_give_up=may_work and posting.state is _S.REFUSED,
        texts=words().part(*_SCRIPT_TEXTS),
    )


@pages.get("/erps/<account>/exchanges")
@requires(Permission.ERP_EXCHANGES)
def exchanges(account: str) -> str:
    """Show what was said between us and an ERP, the newest first."""
    seen, asked = _seen(account), request.args.get("before", "")
    try:
        before = uuid.UUID(asked) if asked else None
    except ValueError:
        abort(404)
    found = current().till.outward.exchanges.page(caller(), account, before=before, limit=ROWS + 1)
    rows = found[:ROWS]
    return render_template("erp/exchanges.html", seen=seen, rows=rows, older=rows[-1].id if len(found) > ROWS else None)


@pages.get("/erps/<account>/mapping")
@requires(Permission.ERP_READ)
def mapping(account: str) -> str:
    """Show what the mapping file says, without secrets."""
    who, erps = caller(), current().till.outward.erps
    return render_template(
        "erp/mapping.html",
        seen=_seen(account),
        tables=(tables := erps.mapping(who, account)),
        written=_written(tables),
        recent=[(one, _headline(one.kind, one.document)[1]) for one in erps.recent(who, account)],
        texts=words().part(*_SCRIPT_TEXTS),
        may_read=Permission.STATEMENTS_READ in who.permissions,
    )


@pages.post("/erps/<account>/preview")
@requires(Permission.ERP_READ)
def preview(account: str) -> str:
    """Show what would be sent of a document by the tables that are tried; nothing is sent, nothing stored."""
    asked = request.get_json()
    key, tables = (asked.get(name) for name in ("key", "tables")) if isinstance(asked, dict) else (None, None)
    if not isinstance(key, str) or not isinstance(tables, str):
        abort(422)
    erps, found, failure = current().till.outward.erps, None, None
    try:
        found = erps.preview(caller(), account, key, tables)
    except ErpFailure as error:
        failure = error
    return render_template(
        "erp/preview.html", found=found, failure=failure, rows=[] if found is None else _rows(found.message)
    )


def _rows(value: object, name: str = "") -> list[tuple[str, str]]:
    """Return a message as rows: the path to each value, entries of lists by their number from 1."""
    if isinstance(value, Mapping):
        return [row for key, inner in value.items() for row in _rows(inner, f"{name}.{key}" if name else str(key))]
    if isinstance(value, list | tuple):
        return [row for place, inner in enumerate(value, start=1) for row in _rows(inner, f"{name}.{place}")]
    return [(name, str(value))]


def _written(tables: Mapping[str, Mapping[str, str]]) -> str:
    """Return the tables as TOML, without the connection."""
    told = []
    for name, rows in tables.items():
        if name != "erp":
            told += [f"[{name}]", *(f"{json.dumps(key)} = {json.dumps(value)}" for key, value in rows.items()), ""]
    return "\n".join(told)


def _seen(account: str) -> AccountSeen:
    for one in current().till.outward.erps.all(caller()):
        if one.account == account:
            return one
    raise NotFound("erp_account_not_found", f"There is no ERP “{account}”.", "Look at the list of ERPs.")


def _headline(kind: DocumentKind, content: Mapping[str, Any]) -> tuple[str, str, Money]:
    """Return whom or what a document is about, its number, and its sum."""
    currency = Currency.of(content["currency"])
    match kind:
        case DocumentKind.VENDOR_BILL:
            told = content["vendor"]["name"], content["number"], content["gross_minor"]
        case DocumentKind.VENDOR_PAYMENT:
            told = content["vendor"]["name"], content["end_to_end_id"], content["amount_minor"]
        case DocumentKind.JOURNAL_ENTRY:
            total = sum(line["debit_minor"] for line in content["lines"])
            told = content["text"], content["reference"], total
        case _:
            total = sum(tax["gross_minor"] for tax in content["taxes"])
            told = content["shop"], content["number"], total
    return told[0], told[1], Money(told[2], currency)
