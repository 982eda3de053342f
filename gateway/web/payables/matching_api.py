"""Matches over the API: look, accept exceptions, pair and code lines; coding rules and contracts."""

import uuid

from flask import Response
from flask_openapi3.models.tag import Tag
from pydantic import BaseModel

from gateway.domain.access import Permission
from gateway.domain.errors import InputError
from gateway.domain.ids import PayableId, PurchaseOrderId, SupplierId, parse_id
from gateway.domain.money import Currency, Money
from gateway.domain.payables.coding import Coding, RuleState
from gateway.services.payables.decide_match import LineCoding, MatchAction, MatchView
from gateway.services.payables.manage_contracts import ContractView, ContractWish, RuleView
from gateway.web.api import KEY_OR_PERSON, PERSON, answers
from gateway.web.asked_day import asked_day
from gateway.web.auth import caller, requires, signed
from gateway.web.container import current
from gateway.web.credit.vouchers_api import request_key
from gateway.web.described_api import APIBlueprint
from gateway.web.payables.match_answers import contract_document, match_document, rule_document
from gateway.web.payables.match_services import MatchServices
from gateway.web.payables.match_shapes import (
    AcceptMatchRequest,
    CancelContractRequest,
    CodeLinesRequest,
    CodingRulePath,
    CodingRuleRequest,
    ContractPath,
    ContractRequest,
    GivenCodingRule,
    GivenCodingRules,
    GivenContract,
    GivenContracts,
    GivenMatch,
    MatchLinePath,
    MatchPath,
    PairLineRequest,
    UndoLineRequest,
)
from gateway.web.payments.payment_answers import to_json
from gateway.web.payments.payments_api import JSON, stored_answer
from gateway.web.request_shapes import AskedAmount, IdempotencyHeader

api = APIBlueprint("matching", __name__, url_prefix="/v1", abp_tags=[Tag(name="matching")])


@api.get("/payables/<payable_id>/match", security=KEY_OR_PERSON, responses=answers(200, GivenMatch, 404))
@requires(Permission.PAYABLES_READ)
def get(path: MatchPath) -> Response:
    """Tell how a payable compares with orders, receipts and contracts, check by check."""
    view = _services().decide.read(caller(), PayableId(uuid.UUID(path.payable_id)))
    return _json(match_document(view))


@api.post(
    "/payables/<payable_id>/match/accept",
    security=KEY_OR_PERSON,
    responses=answers(200, GivenMatch, 404, 409, 422, body=True),
)
@requires(Permission.PAYABLES_WORK)
def accept(path: MatchPath, body: AcceptMatchRequest, header: IdempotencyHeader) -> Response:
    """Accept exceptions with a reason; it counts for these figures and no others."""
    action = _action(path.payable_id, body, body.id, body.reason, header, "accept")
    answer, replayed = _services().decide.accept(caller(), action, body.keys, _render)
    return stored_answer(answer, replayed=replayed)


@api.post(
    "/payables/<payable_id>/match/lines/<line_no>/pair",
    security=KEY_OR_PERSON,
    responses=answers(200, GivenMatch, 404, 409, 422, body=True),
)
@requires(Permission.PAYABLES_WORK)
def pair(path: MatchLinePath, body: PairLineRequest, header: IdempotencyHeader) -> Response:
    """Pair a line with an order line by hand."""
    action = _action(path.payable_id, body, body.id, body.reason or "", header, f"pair {path.line_no}")
    order_id = PurchaseOrderId(uuid.UUID(body.order_id))
    answer, replayed = _services().decide.pair(caller(), action, path.line_no, order_id, body.order_line_no, _render)
    return stored_answer(answer, replayed=replayed)


@api.post(
    "/payables/<payable_id>/match/lines/<line_no>/undo",
    security=KEY_OR_PERSON,
    responses=answers(200, GivenMatch, 404, 409, 422, body=True),
)
@requires(Permission.PAYABLES_WORK)
def undo(path: MatchLinePath, body: UndoLineRequest, header: IdempotencyHeader) -> Response:
    """Take back how a line was paired or coded by hand."""
    action = _action(path.payable_id, body, body.id, body.reason or "", header, f"undo {path.line_no}")
    answer, replayed = _services().decide.undo(caller(), action, path.line_no, _render)
    return stored_answer(answer, replayed=replayed)


@api.post(
    "/payables/<payable_id>/match/code",
    security=KEY_OR_PERSON,
    responses=answers(200, GivenMatch, 404, 409, 422, body=True),
)
@requires(Permission.PAYABLES_WORK)
def code(path: MatchPath, body: CodeLinesRequest, header: IdempotencyHeader) -> Response:
    """Say how lines are booked without an order."""
    if len({one.line_no for one in body.lines}) < len(body.lines):
        raise InputError("repeated_line", "A line is named twice.", "Name each line once.", "/lines")
    action = _action(path.payable_id, body, body.id, body.reason or "", header, "code")
    codings = [LineCoding(one.line_no, Coding(one.account_code, one.cost_centre, one.tax_code)) for one in body.lines]
    answer, replayed = _services().decide.code(caller(), action, codings, _render)
    return stored_answer(answer, replayed=replayed)


@api.get("/coding-rules", security=KEY_OR_PERSON, responses=answers(200, GivenCodingRules))
@requires(Permission.PAYABLES_READ)
def rules() -> Response:
    """List coding rules with the codings they were learned from, newest first."""
    return _json({"data": [rule_document(one) for one in _services().contracts.rules(caller())]})


@api.post(
    "/coding-rules/<rule_id>/decide",
    security=PERSON,
    responses=answers(200, GivenCodingRule, 404, 409, 422, body=True),
)
@requires(Permission.PAYABLES_WORK)
def decide_rule(path: CodingRulePath, body: CodingRuleRequest, header: IdempotencyHeader) -> Response:
    """Consent to a rule, refuse it, or stop using it; what waited for it goes on."""
    # A rule decides where money is booked without anybody looking: a program never consents.
    signed()
    location = f"/v1/coding-rules/{path.rule_id}"
    request = request_key(body, body.id, header.idempotency_key, location, f"decide {path.rule_id}")
    answer, replayed = _services().contracts.decide_rule(
        caller(), uuid.UUID(path.rule_id), RuleState(body.state), body.reason or "", request, _render_rule
    )
    return stored_answer(answer, replayed=replayed)


@api.get("/contracts", security=KEY_OR_PERSON, responses=answers(200, GivenContracts))
@requires(Permission.PAYABLES_READ)
def contracts() -> Response:
    """List contracts with what they have billed, newest first."""
    return _json({"data": [contract_document(one) for one in _services().contracts.contracts(caller())]})


@api.post("/contracts", security=KEY_OR_PERSON, responses=answers(201, GivenContract, 409, 422, body=True))
@requires(Permission.PAYABLES_WORK)
def add_contract(body: ContractRequest, header: IdempotencyHeader) -> Response:
    """Add a contract: its invoices need no order."""
    location = f"/v1/contracts/{body.id}"
    wish = ContractWish(
        id=parse_id(body.id, "/id"),
        supplier_id=SupplierId(uuid.UUID(body.supplier_id)),
        name=body.name,
        price=_money(body.price),
        period=body.period,
        starts_on=asked_day(body.starts_on, "/starts_on"),
        coding=Coding(body.account_code, body.cost_centre, body.tax_code),
        ends_on=None if body.ends_on is None else asked_day(body.ends_on, "/ends_on"),
        cap=None if body.cap is None else _money(body.cap),
        words=tuple(body.words),
        request=request_key(body, body.id, header.idempotency_key, location, "contract"),
    )
    answer, replayed = _services().contracts.add_contract(caller(), wish, _render_contract)
    return stored_answer(answer, replayed=replayed)


@api.post(
    "/contracts/<contract_id>/cancel",
    security=KEY_OR_PERSON,
    responses=answers(200, GivenContract, 404, 409, 422, body=True),
)
@requires(Permission.PAYABLES_WORK)
def cancel_contract(path: ContractPath, body: CancelContractRequest, header: IdempotencyHeader) -> Response:
    """Note a cancellation: nothing behind its last day is due."""
    location = f"/v1/contracts/{path.contract_id}"
    request = request_key(body, body.id, header.idempotency_key, location, f"cancel {path.contract_id}")
    last_on = asked_day(body.last_on, "/last_on")
    answer, replayed = _services().contracts.cancel_contract(
        caller(), uuid.UUID(path.contract_id), last_on, request, _render_contract
    )
    return stored_answer(answer, replayed=replayed)


def _services() -> MatchServices:
    return current().till.payables.matching


def _action(
    payable_id: str, body: BaseModel, own_id: str, reason: str, header: IdempotencyHeader, what: str
) -> MatchAction:
    location = f"/v1/payables/{payable_id}/match"
    request = request_key(body, own_id, header.idempotency_key, location, f"{what} {payable_id}")
    return MatchAction(parse_id(own_id, "/id"), PayableId(uuid.UUID(payable_id)), reason, request)


def _money(asked: AskedAmount) -> Money:
    return Money.from_decimal(asked.amount, Currency.of(asked.currency))


def _render(view: MatchView) -> bytes:
    return to_json(match_document(view))


def _render_rule(view: RuleView) -> bytes:
    return to_json(rule_document(view))


def _render_contract(view: ContractView) -> bytes:
    return to_json(contract_document(view))


def _json(document: object) -> Response:
    return Response(to_json(document), content_type=JSON)
