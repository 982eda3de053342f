"""Rules of approval, limits of people and delegations over the API."""

import uuid

from flask import Response
from flask_openapi3.models.tag import Tag

from gateway.domain.access import Permission
from gateway.domain.errors import InputError
from gateway.domain.ids import PersonId, SupplierId, parse_id
from gateway.domain.money import Currency, Money
from gateway.domain.payables.approval import ApprovalLimit
from gateway.domain.payables.approval_rules import ApprovalRule
from gateway.services.payables.delegate_approvals import WishedDelegation
from gateway.web.api import PERSON, answers
from gateway.web.asked_day import asked_day
from gateway.web.auth import caller, requires, signed_in
from gateway.web.described_api import APIBlueprint
from gateway.web.payables.approval_answers import delegation_told, limit_told, rule_told
from gateway.web.payables.approval_shapes import (
    DelegationPath,
    DelegationRequest,
    GivenApprovalRule,
    GivenDelegation,
    GivenDelegations,
    GivenLimit,
    GivenRules,
    LimitPath,
    LimitRequest,
    RulePath,
    RuleRequest,
)
from gateway.web.payables.approvals_api import services
from gateway.web.payments.payment_answers import to_json
from gateway.web.payments.payments_api import JSON

api = APIBlueprint("approval_rules", __name__, url_prefix="/v1", abp_tags=[Tag(name="approvals")])


@api.get("/approval-rules", security=PERSON, responses=answers(200, GivenRules))
@signed_in
def rules() -> Response:
    """Tell the rules by their position, and the limits of people."""
    book = services().rules.book(caller())
    return _json({"rules": [rule_told(one) for one in book.rules], "limits": [limit_told(one) for one in book.limits]})


@api.put("/approval-rules/<rule_id>", security=PERSON, responses=answers(200, GivenApprovalRule, 409, 422, body=True))
@requires(Permission.PEOPLE_MANAGE)
def put_rule(path: RulePath, body: RuleRequest) -> Response:
    """Store a rule: a new one under an id of the client, or in place of the version it was loaded at."""
    rule = ApprovalRule(
        id=parse_id(path.rule_id, "/path/rule_id"),
        name=body.name,
        approvers=body.approvers,
        position=body.position,
        active=body.active,
        currency=body.currency or "",
        from_minor=_minor(body.from_amount, body.currency, "/from_amount"),
        below_minor=_minor(body.below_amount, body.currency, "/below_amount"),
        supplier_id=None if body.supplier_id is None else SupplierId(uuid.UUID(body.supplier_id)),
        cost_centre=body.cost_centre,
        risk=body.risk,
        sign=body.sign,
        roles=tuple(body.roles),
        person_ids=tuple(PersonId(uuid.UUID(one)) for one in body.people),
        version=body.version,
    )
    return _json(rule_told(services().rules.put(caller(), rule)))


@api.delete("/approval-rules/<rule_id>", security=PERSON, responses=answers(204, None, 404))
@requires(Permission.PEOPLE_MANAGE)
def remove_rule(path: RulePath) -> Response:
    """Remove a rule; the journal keeps what it was."""
    services().rules.remove(caller(), uuid.UUID(path.rule_id))
    return Response(status=204)


@api.put("/approval-limits/<person_id>/<currency>", security=PERSON, responses=answers(200, GivenLimit, 422, body=True))
@requires(Permission.PEOPLE_MANAGE)
def put_limit(path: LimitPath, body: LimitRequest) -> Response:
    """Store what a person may approve in a currency; without figures there is no limit any more."""
    currency = Currency.of(path.currency)
    limit = ApprovalLimit(
        PersonId(uuid.UUID(path.person_id)),
        path.currency,
        _amount(body.each, currency, "/each"),
        _amount(body.per_day, currency, "/per_day"),
    )
    services().rules.limit(caller(), limit)
    return _json(limit_told(limit))


@api.get("/approval-delegations", security=PERSON, responses=answers(200, GivenDelegations))
@signed_in
def delegations() -> Response:
    """Tell who stands in for whom, now and later."""
    return _json({"data": [delegation_told(one) for one in services().delegate.list(caller())]})


@api.put(
    "/approval-delegations/<delegation_id>",
    security=PERSON,
    responses=answers(200, GivenDelegation, 409, 422, body=True),
)
@requires(Permission.PAYABLES_APPROVE)
def delegate(path: DelegationPath, body: DelegationRequest) -> Response:
    """Have somebody stand in for the caller; it cannot be passed on."""
    wish = WishedDelegation(
        id=parse_id(path.delegation_id, "/path/delegation_id"),
        to_person_id=PersonId(uuid.UUID(body.to)),
        from_on=asked_day(body.from_on, "/from_on"),
        until_on=asked_day(body.until_on, "/until_on"),
        reason=body.reason or "",
    )
    return _json(delegation_told(services().delegate.give(caller(), wish)))


@api.delete("/approval-delegations/<delegation_id>", security=PERSON, responses=answers(204, None, 404))
@signed_in
def end_delegation(path: DelegationPath) -> Response:
    """End a delegation early."""
    services().delegate.end(caller(), uuid.UUID(path.delegation_id))
    return Response(status=204)


def _minor(text: str | None, currency: str | None, pointer: str) -> int | None:
    if text is None:
        return None
    if currency is None:
        raise InputError("invalid_approval_rule", "Amounts need a currency.", "Choose one.", "/currency")
    amount = _amount(text, Currency.of(currency), pointer)
    return None if amount is None else amount.minor


def _amount(text: str | None, currency: Currency, pointer: str) -> Money | None:
    if text is None:
        return None
    try:
        return Money.from_decimal(text, currency)
    except InputError as error:
        raise InputError(error.code, error.message, error.hint, pointer) from error


def _json(document: object) -> Response:
    return Response(to_json(document), content_type=JSON)
