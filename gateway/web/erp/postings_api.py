"""Documents on their way into ERPs, for the people of the office: how each fares, and what they decide."""

from flask import Response
from flask_openapi3.models.tag import Tag

from gateway.domain.access import Permission
from gateway.domain.erp.failure import WORDS, FailureCode
from gateway.domain.erp.posting import Posting
from gateway.ports.erp_store import PostingEvent
from gateway.services.erp.decide_postings import DecidePostings
from gateway.web.api import KEY_OR_PERSON, answers
from gateway.web.auth import caller, requires
from gateway.web.container import current
from gateway.web.described_api import APIBlueprint
from gateway.web.erp.erp_api import posting_document
from gateway.web.erp.erp_shapes import AccountQuery, ErpDocumentPath
from gateway.web.erp.posting_shapes import GivenPostings, GivenPostingWhole, GiveUpRequest, PostingsQuery, TieRequest
from gateway.web.payments.payment_answers import to_json
from gateway.web.payments.payments_api import JSON

api = APIBlueprint("erp_postings", __name__, url_prefix="/v1/erp", abp_tags=[Tag(name="documents for ERPs")])


@api.get("/postings", security=KEY_OR_PERSON, responses=answers(200, GivenPostings))
@requires(Permission.STATEMENTS_READ)
def find(query: PostingsQuery) -> Response:
    """List documents for an ERP in the order they were made, in one state or in any; ``refused`` wait for a person."""
    states = None if query.state is None else (query.state,)
    found = _postings().page(caller(), query.account, states=states, after=query.after, limit=query.limit)
    last = found[-1].sequence if found else query.after
    return _json({"data": [_row(one) for one in found], "next": last, "has_more": len(found) == query.limit})


@api.get("/postings/<key>", security=KEY_OR_PERSON, responses=answers(200, GivenPostingWhole, 404))
@requires(Permission.STATEMENTS_READ)
def look(path: ErpDocumentPath, query: AccountQuery) -> Response:
    """Show one document with everything that happened to it."""
    return _whole(*_postings().look(caller(), query.account, path.key))


@api.post("/postings/<key>/retry", security=KEY_OR_PERSON, responses=answers(200, GivenPostingWhole, 404, 409, 422))
@requires(Permission.STATEMENTS_WORK)
def retry(path: ErpDocumentPath, query: AccountQuery) -> Response:
    """Let a refused document be tried again: it is looked up first; one that waits is tried at once."""
    return _whole(*_postings().retry(caller(), query.account, path.key))


@api.post(
    "/postings/<key>/give-up",
    security=KEY_OR_PERSON,
    responses=answers(200, GivenPostingWhole, 404, 409, 422, body=True),
)
@requires(Permission.STATEMENTS_WORK)
def give_up(path: ErpDocumentPath, query: AccountQuery, body: GiveUpRequest) -> Response:
    """Let a refused document be, with the reason; the same again changes nothing."""
    return _whole(*_postings().give_up(caller(), query.account, path.key, body.reason))


@api.post(
    "/postings/<key>/tie",
    security=KEY_OR_PERSON,
    responses=answers(200, GivenPostingWhole, 404, 409, 422, body=True),
)
@requires(Permission.STATEMENTS_WORK)
def tie(path: ErpDocumentPath, query: AccountQuery, body: TieRequest) -> Response:
    """Say which entry of the ERP a refused document is: it was entered there by hand, or is there all the same."""
    return _whole(*_postings().tie(caller(), query.account, path.key, body.erp_id, body.number))


def _row(posting: Posting) -> dict[str, object]:
    return posting_document(posting) | {
        "code": posting.code,
        "words": WORDS[FailureCode(posting.code)] if posting.code else "",
        "detail": posting.detail,
        "attempts": posting.attempts,
        "due_at": posting.due_at.isoformat(),
        "changed_at": posting.changed_at.isoformat(),
    }


def _whole(posting: Posting, events: tuple[PostingEvent, ...]) -> Response:
    steps = [
        {
            "at": one.at.isoformat(),
            "state": one.state.value,
            "code": one.code,
            "detail": one.detail,
            "actor": one.actor,
        }
        for one in events
    ]
    return _json(_row(posting) | {"events": steps})


def _postings() -> DecidePostings:
    return current().till.payables.doors.postings


def _json(document: object) -> Response:
    return Response(to_json(document), content_type=JSON)
