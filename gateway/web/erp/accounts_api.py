"""The ERPs of the shop: how each fares, and whether its connection works."""

from flask import Response
from flask_openapi3.models.tag import Tag

from gateway.domain.access import Permission
from gateway.domain.erp.failure import ErpFailure
from gateway.domain.erp.posting import PostingState
from gateway.web.api import KEY_OR_PERSON, answers
from gateway.web.auth import caller, requires
from gateway.web.container import current
from gateway.web.described_api import APIBlueprint
from gateway.web.erp.erp_shapes import AccountName
from gateway.web.payables.supplier_shapes import Asked, Given
from gateway.web.payments.payment_answers import to_json
from gateway.web.payments.payments_api import JSON

api = APIBlueprint("erp_accounts", __name__, url_prefix="/v1/erp", abp_tags=[Tag(name="documents for ERPs")])


class ErpAccountPath(Asked):
    """Which ERP."""

    account: AccountName


class GivenErpAccount(Given):
    """One ERP.

    ``connector``: empty where it fetches by itself; ``failures``: calls that failed in a row; ``left_alone_until``:
    empty where it is not; ``documents``: how many stand in each state; ``fetching``: what was wrong at the last look at
    its records, by kind, empty for nothing.
    """

    account: str
    connector: str
    failures: int
    left_alone_until: str
    documents: dict[str, int]
    fetching: dict[str, str]


class GivenErpAccounts(Given):
    """All of them."""

    data: list[GivenErpAccount]


class GivenMappingFault(Given):
    """Something of the mapping that does not fit, such as ``accounts.supplies``."""

    field: str
    wrong: str
    remedy: str


class GivenErpCheck(Given):
    """What a connection answered. ``code``: of the failure, empty where it answered; ``words``: what that means."""

    code: str
    words: str
    detail: str
    company: str
    version: str
    currency: str
    capabilities: list[str]
    findings: list[GivenMappingFault]


@api.get("/accounts", security=KEY_OR_PERSON, responses=answers(200, GivenErpAccounts))
@requires(Permission.ERP_READ)
def find() -> Response:
    """List the ERPs of the settings, and how each fares."""
    erps, who = current().till.outward.erps, caller()
    rows = [
        {
            "account": one.account,
            "connector": one.connector,
            "failures": one.fares.failures,
            "left_alone_until": one.fares.paused_until.isoformat() if one.left_alone and one.fares.paused_until else "",
            "documents": {state.value: one.in_state(state) for state in PostingState if one.in_state(state)},
            "fetching": {kind.value: words for kind, words in erps.fetching(who, one.account).items()},
        }
        for one in erps.all(who)
    ]
    return _json({"data": rows})


@api.post("/accounts/<account>/check", security=KEY_OR_PERSON, responses=answers(200, GivenErpCheck, 404))
@requires(Permission.ERP_READ)
def check(path: ErpAccountPath) -> Response:
    """Try a connection and hold its mapping against what the ERP has; nothing is written there."""
    nothing: dict[str, object] = {"code": "", "words": "", "detail": "", "company": "", "version": "", "currency": ""}
    try:
        report = current().till.outward.erps.check(caller(), path.account)
    except ErpFailure as failure:
        told = {"code": failure.failure.value, "words": failure.words, "detail": failure.detail}
        return _json(nothing | told | {"capabilities": [], "findings": []})
    findings = [{"field": one.field, "wrong": one.wrong, "remedy": one.remedy} for one in report.findings]
    told = {"company": report.company, "version": report.version, "currency": report.currency}
    return _json(nothing | told | {"capabilities": sorted(report.capabilities), "findings": findings})


def _json(document: object) -> Response:
    return Response(to_json(document), content_type=JSON)
