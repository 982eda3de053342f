"""Lines of statements over the API: what explains them, decisions about it, the certain ones, rules."""

import uuid

from flask import Response
from flask_openapi3.models.tag import Tag

from gateway.domain.access import Permission
from gateway.domain.bank.bank_statement import StatementLineId
from gateway.domain.bank.line_match import Allocation, MatchAdjustment, MatchId
from gateway.domain.bank.line_rule import LineRuleId
from gateway.domain.bank.open_item import OpenItemId
from gateway.ports.statement_store import LineWish
from gateway.web.api import KEY_OR_PERSON, PERSON, answers
from gateway.web.asked_day import maybe_day
from gateway.web.auth import caller, requires, requires_of_people
from gateway.web.bank.line_access import lines
from gateway.web.bank.line_answers import (
    line_document,
    line_whole,
    match_document,
    reason_document,
    row_document,
    rule_document,
    run_document,
)
from gateway.web.bank.line_given_shapes import (
    GivenAccepted,
    GivenCertain,
    GivenLatestRun,
    GivenLineMatch,
    GivenLineMatches,
    GivenLineRule,
    GivenLineRules,
    GivenLines,
    GivenLineWhole,
    GivenMatchingRun,
    GivenStatementLine,
    GivenStatementLines,
    GivenWhyNot,
)
from gateway.web.bank.line_shapes import (
    AcceptCertainRequest,
    CertainQuery,
    HandMatchRequest,
    LineApprovalRequest,
    LineItemPath,
    LineMatchPath,
    LinePath,
    LineRulePath,
    LinesQuery,
    LineWriteOffRequest,
    MatchingPath,
    MatchingRequest,
    RuleProposalPath,
    SplitLineRequest,
    VersionReasonRequest,
    VersionRequest,
)
from gateway.web.bank.statements_api import signed_money, told
from gateway.web.described_api import APIBlueprint
from gateway.web.payments.payment_answers import money

api = APIBlueprint("statement_lines", __name__, url_prefix="/v1", abp_tags=[Tag(name="statement lines")])
_MATCH = answers(200, GivenLineMatch, 404, 409, 422, body=True)


@api.get("/bank/lines", security=KEY_OR_PERSON, responses=answers(200, GivenStatementLines, 422))
@requires(Permission.STATEMENTS_READ)
def listed(query: LinesQuery) -> Response:
    """List lines, the last booked first, each with what explains it best."""
    wish = LineWish(
        account=query.account,
        states=() if query.state is None else (query.state,),
        from_day=maybe_day(query.from_day, "/from_day"),
        to_day=maybe_day(query.to_day, "/to_day"),
        find=query.find or "",
        after=None if query.after is None else StatementLineId(uuid.UUID(query.after)),
        limit=query.limit,
    )
    page = lines().read.page(caller(), wish)
    return told(
        {
            "data": [row_document(one) for one in page.rows],
            "counts": {state.value: number for state, number in page.counts.items()},
            "next": None if page.after is None else str(page.after),
        }
    )


@api.get("/bank/lines/<line_id>", security=KEY_OR_PERSON, responses=answers(200, GivenLineWhole, 404))
@requires(Permission.STATEMENTS_READ)
def get(path: LinePath) -> Response:
    """Tell one line with all explanations, the items they use, and its journal."""
    return told(line_whole(lines().read.view(caller(), _line(path.line_id))))


@api.get("/bank/lines/<line_id>/why-not/<item_id>", security=KEY_OR_PERSON, responses=answers(200, GivenWhyNot, 404))
@requires(Permission.STATEMENTS_READ)
def why_not(path: LineItemPath) -> Response:
    """Tell what speaks for and against an open item that was expected."""
    reasons = lines().match.why_not(caller(), _line(path.line_id), OpenItemId(uuid.UUID(path.item_id)))
    return told({"data": [reason_document(one) for one in reasons]})


@api.post("/bank/matching", security=KEY_OR_PERSON, responses=answers(202, GivenMatchingRun, 422, body=True))
@requires(Permission.STATEMENTS_WORK)
def run(body: MatchingRequest) -> Response:
    """Match what is open again, with what is known now; joins a run that has not begun. ``Location`` tells its end."""
    found = lines().runs.ask(caller(), body.account)
    answer = told(run_document(found), 202)
    answer.headers["Location"] = f"/v1/bank/matching/{found.id}"
    return answer


@api.get("/bank/matching/<run_id>", security=KEY_OR_PERSON, responses=answers(200, GivenMatchingRun, 404))
@requires(Permission.STATEMENTS_READ)
def progress(path: MatchingPath) -> Response:
    """Tell how far a run is, and what it found."""
    return told(run_document(lines().runs.look(caller(), uuid.UUID(path.run_id))))


@api.get("/bank/matching", security=KEY_OR_PERSON, responses=answers(200, GivenLatestRun))
@requires(Permission.STATEMENTS_READ)
def latest() -> Response:
    """Tell of the run that is worked, or was asked for last."""
    found = lines().runs.latest(caller())
    return told({"run": None if found is None else run_document(found)})


@api.post("/bank/matches", security=KEY_OR_PERSON, responses=answers(200, GivenLineMatches, 404, 409, 422, body=True))
@requires(Permission.STATEMENTS_WORK)
def by_hand(body: HandMatchRequest) -> Response:
    """Put one or several lines on open items by hand; the sums agree to the cent."""
    allocations = tuple(
        Allocation(
            OpenItemId(uuid.UUID(one.item_id)),
            signed_money(one.amount.amount, one.amount.currency, f"/allocations/{number}/amount"),
        )
        for number, one in enumerate(body.allocations)
    )
    adjustments = tuple(
        MatchAdjustment(
            one.name,
            signed_money(one.amount.amount, one.amount.currency, f"/adjustments/{number}/amount"),
            one.account_code,
        )
        for number, one in enumerate(body.adjustments)
    )
    seen = tuple((_line(one.id), one.version) for one in body.lines)
    made = lines().decide.match_many(caller(), seen, allocations, adjustments, body.note)
    return told({"data": [match_document(one) for one in made]})


@api.post("/bank/matches/<match_id>/accept", security=KEY_OR_PERSON, responses=_MATCH)
@requires(Permission.STATEMENTS_WORK)
def accept(path: LineMatchPath, body: VersionRequest) -> Response:
    """Accept an explanation: the items are settled and booked."""
    return told(match_document(lines().decide.accept(caller(), _match(path), body.version)))


@api.post("/bank/matches/<match_id>/reject", security=KEY_OR_PERSON, responses=_MATCH)
@requires(Permission.STATEMENTS_WORK)
def reject(path: LineMatchPath, body: VersionReasonRequest) -> Response:
    """Say that an explanation is not right; it is not proposed again."""
    return told(match_document(lines().decide.reject(caller(), _match(path), body.version, body.reason)))


@api.post("/bank/matches/<match_id>/approval", security=PERSON, responses=_MATCH)
@requires(Permission.STATEMENTS_APPROVE)
def approve(path: LineMatchPath, body: LineApprovalRequest) -> Response:
    """Approve a write-off above the limit, or refuse it. Never by who asked for it."""
    decided = lines().write_offs.approve(caller(), _match(path), body.version, body.approved, body.reason)
    return told(match_document(decided))


@api.post(
    "/bank/lines/<line_id>/undo",
    security=KEY_OR_PERSON,
    responses=answers(200, GivenStatementLine, 404, 409, 422, body=True),
)
@requires(Permission.STATEMENTS_WORK)
def undo(path: LinePath, body: VersionReasonRequest) -> Response:
    """Take back what explains a line: items open again to the cent, the entries reversed."""
    return told(line_document(lines().decide.undo(caller(), _line(path.line_id), body.version, body.reason)))


@api.post(
    "/bank/lines/<line_id>/split",
    security=KEY_OR_PERSON,
    responses=answers(200, GivenLines, 404, 409, 422, body=True),
)
@requires(Permission.STATEMENTS_WORK)
def split(path: LinePath, body: SplitLineRequest) -> Response:
    """Divide a line into parts that add up to it; each is matched by itself."""
    parts = tuple(
        (signed_money(one.amount.amount, one.amount.currency, f"/parts/{number}/amount"), one.text)
        for number, one in enumerate(body.parts)
    )
    made = lines().decide.split(caller(), _line(path.line_id), body.version, parts)
    return told({"data": [line_document(one) for one in made]})


@api.post("/bank/lines/<line_id>/write-off", security=KEY_OR_PERSON, responses=_MATCH)
@requires(Permission.STATEMENTS_WORK)
def write_off(path: LinePath, body: LineWriteOffRequest) -> Response:
    """Book a line to an account of the books; above the limit a second person approves."""
    rule_id = None if body.rule_id is None else LineRuleId(uuid.UUID(body.rule_id))
    made = lines().write_offs.write_off(
        caller(), _line(path.line_id), body.version, body.account_code, body.reason, rule_id
    )
    return told(match_document(made))


@api.get("/bank/certain", security=KEY_OR_PERSON, responses=answers(200, GivenCertain, 422))
@requires(Permission.STATEMENTS_READ)
def certain(query: CertainQuery) -> Response:
    """Tell what would be accepted at once."""
    found = lines().certain.preview(caller(), query.account, maybe_day(query.through, "/through"))
    kinds = [{"kind": one.kind, "count": one.count, "sum": money(one.sum)} for one in found.kinds]
    return told({"count": found.count, "kinds": kinds, "token": found.token})


@api.post("/bank/certain/accept", security=KEY_OR_PERSON, responses=answers(200, GivenAccepted, 409, 422, body=True))
@requires(Permission.STATEMENTS_WORK)
def accept_certain(body: AcceptCertainRequest) -> Response:
    """Accept exactly what the preview showed; refused when one of them has changed since."""
    done = lines().certain.accept(caller(), body.token)
    return told({"accepted": done.accepted, "left": done.left})


@api.get("/bank/rules", security=KEY_OR_PERSON, responses=answers(200, GivenLineRules))
@requires(Permission.STATEMENTS_READ)
def rules() -> Response:
    """List rules for lines without an open item."""
    return told({"data": [rule_document(one) for one in lines().learn.rules(caller())]})


@api.post(
    "/bank/rules/proposals/<proposal_id>/consent",
    security=PERSON,
    responses=answers(200, GivenLineRule, 404, 409, 422),
)
@requires_of_people(Permission.STATEMENTS_WORK)
def consent(path: RuleProposalPath) -> Response:
    """Use a proposed rule from now on; refused when it would have been wrong in the past."""
    return told(rule_document(lines().learn.consent(caller(), uuid.UUID(path.proposal_id))))


@api.post("/bank/rules/<rule_id>/switch-off", security=PERSON, responses=answers(200, GivenLineRule, 404))
@requires_of_people(Permission.STATEMENTS_WORK)
def switch_off(path: LineRulePath) -> Response:
    """Use a rule no longer; what it explained stays."""
    return told(rule_document(lines().learn.switch_off(caller(), LineRuleId(uuid.UUID(path.rule_id)))))


def _line(text: str) -> StatementLineId:
    return StatementLineId(uuid.UUID(text))


def _match(path: LineMatchPath) -> MatchId:
    return MatchId(uuid.UUID(path.match_id))
