"""Statements over the API: look at a file, take it in, decide over one that is held; months and open items."""

import uuid

from flask import Response
from flask_openapi3.models.tag import Tag

from gateway.domain.access import Permission
from gateway.domain.bank.bank_statement import StatementId
from gateway.domain.money import Currency, Money
from gateway.services.bank.hand_in_items import HandedItem
from gateway.services.bank.import_statements import StatementPreview
from gateway.web.api import KEY_OR_PERSON, answers
from gateway.web.asked_day import asked_day, maybe_day
from gateway.web.auth import caller, requires
from gateway.web.bank.line_access import lines
from gateway.web.bank.line_answers import (
    defect_document,
    item_document,
    maybe_money,
    statement_document,
    statement_whole,
)
from gateway.web.bank.line_given_shapes import (
    GivenImportPreview,
    GivenMonth,
    GivenOpenItems,
    GivenPutItems,
    GivenStatement,
    GivenStatementImport,
    GivenStatements,
    GivenStatementWhole,
)
from gateway.web.bank.line_shapes import (
    AskedOpenItem,
    ItemSearchQuery,
    MonthQuery,
    OpenItemsRequest,
    StatementDecisionRequest,
    StatementFileQuery,
    StatementPath,
    StatementsQuery,
)
from gateway.web.described_api import APIBlueprint
from gateway.web.documents.document_shapes import DocumentBody
from gateway.web.payments.payment_answers import money, to_json
from gateway.web.payments.payments_api import JSON, asked_money

api = APIBlueprint("statements", __name__, url_prefix="/v1", abp_tags=[Tag(name="statements")])
SOURCE = "api"


@api.get("/bank/statements", security=KEY_OR_PERSON, responses=answers(200, GivenStatements))
@requires(Permission.STATEMENTS_READ)
def listed(query: StatementsQuery) -> Response:
    """List statements, the last day first."""
    before = None if query.before is None else StatementId(uuid.UUID(query.before))
    found = lines().read.statements(caller(), account=query.account, before=before, limit=query.limit)
    following = str(found[-1].id) if len(found) == query.limit else None
    return told({"data": [statement_document(one) for one in found], "next": following})


@api.post("/bank/statements/preview", security=KEY_OR_PERSON, responses=answers(200, GivenImportPreview, 413, 415, 422))
@requires(Permission.STATEMENTS_WORK)
def preview(query: StatementFileQuery, raw: DocumentBody) -> Response:
    """Tell what is in a file and what is new of it. Nothing is stored."""
    seen = lines().imports.preview(caller(), query.name, raw.get_data(), query.answers())
    table = seen.csv
    return told(
        {
            "repeated": seen.repeated,
            "statements": [_previewed(one) for one in seen.statements],
            "csv": None
            if table is None
            else {
                "questions": list(table.questions),
                "columns": [
                    {"name": one.name, "samples": list(one.samples), "taken_for": one.taken_for}
                    for one in table.columns
                ],
            },
        }
    )


@api.post(
    "/bank/statements",
    security=KEY_OR_PERSON,
    responses=answers(201, GivenStatementImport, 409, 413, 415, 422)
    | answers(200, GivenStatementImport, 409, 413, 415, 422),
)
@requires(Permission.STATEMENTS_WORK)
def take_in(query: StatementFileQuery, raw: DocumentBody) -> Response:
    """Take a file in, whole or not at all. The same content again (200) changes nothing."""
    taken = lines().imports.take(caller(), query.name, raw.get_data(), query.answers())
    document = {
        "repeated": taken.repeated,
        "new_lines": taken.lines,
        "statements": [statement_document(one) for one in taken.statements],
    }
    return told(document, 200 if taken.repeated else 201)


@api.get("/bank/statements/<statement_id>", security=KEY_OR_PERSON, responses=answers(200, GivenStatementWhole, 404))
@requires(Permission.STATEMENTS_READ)
def get(path: StatementPath) -> Response:
    """Tell one statement with its lines."""
    return told(statement_whole(lines().read.statement(caller(), StatementId(uuid.UUID(path.statement_id)))))


@api.post(
    "/bank/statements/<statement_id>/decision",
    security=KEY_OR_PERSON,
    responses=answers(200, GivenStatement, 404, 409, 422, body=True),
)
@requires(Permission.STATEMENTS_APPROVE)
def decide(path: StatementPath, body: StatementDecisionRequest) -> Response:
    """Post a statement that is held as it is, or discard it. Never by who took it in."""
    statement_id = StatementId(uuid.UUID(path.statement_id))
    return told(statement_document(lines().imports.decide(caller(), statement_id, body.post, body.reason)))


@api.get("/bank/months", security=KEY_OR_PERSON, responses=answers(200, GivenMonth))
@requires(Permission.STATEMENTS_READ)
def month(query: MonthQuery) -> Response:
    """Tell whether a month of an account closes: every line explained, nothing left unexplained."""
    year, number = (int(part) for part in query.month.split("-"))
    state = lines().months.look(caller(), query.account, year, number)
    return told(
        {
            "account": query.account,
            "month": query.month,
            "lines": state.lines,
            "open": state.open,
            "unexplained": money(state.unexplained),
            "held": state.held,
            "missing": [[first.isoformat(), last.isoformat()] for first, last in state.statements_missing],
            "closes": state.closes,
        }
    )


@api.get("/bank/open-items", security=KEY_OR_PERSON, responses=answers(200, GivenOpenItems))
@requires(Permission.STATEMENTS_READ)
def items(query: ItemSearchQuery) -> Response:
    """List open items, the oldest first, or those with some words or an amount."""
    found = lines().read.open_items(caller(), query.find or "", query.limit)
    return told({"data": [item_document(one) for one in found]})


@api.put("/bank/open-items", security=KEY_OR_PERSON, responses=answers(200, GivenPutItems, 409, 422, body=True))
@requires(Permission.STATEMENTS_WORK)
def put_items(body: OpenItemsRequest) -> Response:
    """Keep open items of another system. The same again changes nothing; ``closed`` ones end."""
    handed = [_handed(one, f"/items/{number}") for number, one in enumerate(body.items)]
    put = lines().items.put(caller(), handed, SOURCE)
    return told({"new": put.new, "changed": put.changed, "same": put.same})


def told(document: object, status: int = 200) -> Response:
    """Return an answer."""
    return Response(to_json(document), status=status, content_type=JSON)


def signed_money(amount: str, currency: str, pointer: str) -> Money:
    """Read an amount that may be below zero.

    Raises:
        InputError: ``unknown_currency`` or what is wrong with the amount.
    """
    read = asked_money(amount.removeprefix("-"), currency, pointer)
    return -read if amount.startswith("-") else read


def _previewed(seen: StatementPreview) -> dict[str, object]:
    one = seen.statement
    return {
        "account": one.account,
        "currency": one.currency.code,
        "first_day": None if one.first_day is None else one.first_day.isoformat(),
        "last_day": None if one.last_day is None else one.last_day.isoformat(),
        "opening": maybe_money(one.opening),
        "closing": maybe_money(one.closing),
        "difference": maybe_money(one.difference),
        "held": one.state.value == "held",
        "new_lines": seen.fresh,
        "known_lines": len(seen.known),
        "known": [
            {"position": known.position, "line_id": str(known.line_id), "first": known.first} for known in seen.known
        ],
        "defects": [defect_document(defect) for defect in one.defects],
    }


def _handed(item: AskedOpenItem, pointer: str) -> HandedItem:
    return HandedItem(
        id=item.id,
        amount=signed_money(item.amount.amount, Currency.of(item.amount.currency).code, f"{pointer}/amount"),
        issued=asked_day(item.issued, f"{pointer}/issued"),
        due=maybe_day(item.due, f"{pointer}/due"),
        credit_note=item.credit_note,
        party=item.party,
        party_name=item.party_name,
        iban=item.iban,
        document=item.document,
        order=item.order,
        customer=item.customer,
        reference=item.reference,
        discount_bp=item.discount_bp,
        discount_until=maybe_day(item.discount_until, f"{pointer}/discount_until"),
        closed=item.closed,
    )
