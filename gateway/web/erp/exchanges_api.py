"""What was said between us and ERPs, for administrators who look for a fault."""

import uuid
from typing import Annotated

from flask import Response
from flask_openapi3.models.tag import Tag
from pydantic import Field, WithJsonSchema

from gateway.domain.access import Permission
from gateway.ports.erp_exchanges import EXCHANGES_PAGE_MAX, KeptExchange
from gateway.web.api import KEY_OR_PERSON, answers
from gateway.web.auth import caller, requires
from gateway.web.container import current
from gateway.web.described_api import APIBlueprint
from gateway.web.erp.erp_shapes import AccountQuery
from gateway.web.payables.supplier_shapes import Given
from gateway.web.payments.payment_answers import to_json
from gateway.web.payments.payments_api import JSON

api = APIBlueprint("erp_exchanges", __name__, url_prefix="/v1/erp", abp_tags=[Tag(name="documents for ERPs")])
_UUID = r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"
_AnyId = Annotated[Annotated[str, Field(pattern=_UUID)] | None, WithJsonSchema({"type": "string", "pattern": _UUID})]


class ExchangesQuery(AccountQuery):
    """Which exchanges. ``key``: of the document they were about; ``before``: the ``next`` of the page before."""

    key: _AnyId = None
    before: _AnyId = None
    limit: Annotated[int, Field(ge=1, le=EXCHANGES_PAGE_MAX, strict=False)] = 50


class GivenErpExchange(Given):
    """One call, without secrets; of account and card numbers the last four. ``key``: empty where it was about none."""

    id: str
    at: str
    key: str
    operation: str
    address: str
    took_ms: int
    outcome: str
    request: str
    answer: str


class GivenErpExchanges(Given):
    """One page, the newest first. ``next``: ask for what was before it; empty at the end."""

    data: list[GivenErpExchange]
    next: str


@api.get("/exchanges", security=KEY_OR_PERSON, responses=answers(200, GivenErpExchanges))
@requires(Permission.ERP_EXCHANGES)
def find(query: ExchangesQuery) -> Response:
    """List what was said between us and an ERP, of one document or of all, as long as it is kept."""
    found = current().till.outward.exchanges.page(
        caller(),
        query.account,
        key=query.key,
        before=uuid.UUID(query.before) if query.before else None,
        limit=query.limit,
    )
    following = str(found[-1].id) if len(found) == query.limit else ""
    return Response(to_json({"data": [_row(one) for one in found], "next": following}), content_type=JSON)


def _row(one: KeptExchange) -> dict[str, object]:
    return {
        "id": str(one.id),
        "at": one.at.isoformat(),
        "key": one.key,
        "operation": one.operation,
        "address": one.address,
        "took_ms": one.took_ms,
        "outcome": one.outcome,
        "request": one.request,
        "answer": one.answer,
    }
