"""Learned habits and fees over the API: what they are, what their use would change, and whether they are used."""

import uuid
from typing import Any

from flask import Response
from flask_openapi3.models.tag import Tag

from gateway.domain.access import Permission
from gateway.services.bank.keep_learned import Learned
from gateway.web.api import KEY_OR_PERSON, PERSON, answers
from gateway.web.auth import caller, requires, requires_of_people
from gateway.web.bank.learned_shapes import GivenLearned, GivenLearnedAll, GivenLearnedPreview, LearnedPath
from gateway.web.bank.line_access import lines
from gateway.web.bank.line_answers import line_document
from gateway.web.bank.statements_api import told
from gateway.web.described_api import APIBlueprint
from gateway.web.payments.payment_answers import instant, money

api = APIBlueprint("learned_habits", __name__, url_prefix="/v1", abp_tags=[Tag(name="statement lines")])


@api.get("/bank/learned", security=KEY_OR_PERSON, responses=answers(200, GivenLearnedAll))
@requires(Permission.STATEMENTS_READ)
def listed() -> Response:
    """List how parties pay and what acquirers keep, as far as it was learned from lines that people accepted."""
    return told({"data": [_document(one) for one in lines().learned.list(caller())]})


@api.get("/bank/learned/<learned_id>/preview", security=KEY_OR_PERSON, responses=answers(200, GivenLearnedPreview, 404))
@requires(Permission.STATEMENTS_READ)
def preview(path: LearnedPath) -> Response:
    """Tell which lines would be explained otherwise if it were used, or because it is. Changes nothing."""
    found = lines().learned.preview(caller(), uuid.UUID(path.learned_id))
    counts = {"right": found.right, "wrong": found.wrong, "no_longer": found.no_longer, "waiting": found.waiting}
    shown = [{"outcome": one.outcome.value, "line": line_document(one.line)} for one in found.lines]
    return told({**counts, "lines": shown})


@api.post("/bank/learned/<learned_id>/adopt", security=PERSON, responses=answers(200, GivenLearned, 404, 409, 422))
@requires_of_people(Permission.STATEMENTS_WORK)
def adopt(path: LearnedPath) -> Response:
    """Use it from the next run on; refused when it would have been wrong in the past."""
    return told(_document(lines().learned.adopt(caller(), uuid.UUID(path.learned_id))))


@api.post("/bank/learned/<learned_id>/drop", security=PERSON, responses=answers(200, GivenLearned, 404))
@requires_of_people(Permission.STATEMENTS_WORK)
def drop(path: LearnedPath) -> Response:
    """Forget it; what it explained stays, and later lines may teach it anew."""
    return told(_document(lines().learned.drop(caller(), uuid.UUID(path.learned_id))))


def _document(one: Learned) -> dict[str, Any]:
    consent = one.consent
    return {
        "id": str(one.id),
        "kind": one.key[1],
        "subject": one.key[0],
        "name": one.name,
        "terms": None if one.terms is None or one.fixed is None else {"bp": one.terms.bp, "fixed": money(one.fixed)},
        "times": one.times,
        "last_on": one.last_on.isoformat(),
        "in_use": consent is not None,
        "consented_by": "" if consent is None else consent.by,
        "consented_at": None if consent is None else instant(consent.at),
    }
