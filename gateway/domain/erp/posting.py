"""One document on its way into one account of an ERP: its states, and what each answer makes of it. Pure.

``sending`` is stored before a call begins. Whoever finds it later, without the one who sent, knows nothing of its
effect: that is ``unknown``, and unknown is left by a look into the ERP alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from gateway.domain.erp.documents import DocumentKind
from gateway.domain.erp.failure import PASSING, Effect, ErpFailure, FailureCode
from gateway.domain.erp.put_result import Found, FoundState, PutResult, PutState
from gateway.domain.errors import RuleError
from gateway.domain.outbox import backoff_s

SETTLE_S = 30
"""Seconds an ERP may still work on a call that got no answer: a look before that proves nothing."""
LOOK_AGAIN_S = 900
"""Seconds between looks at what a person, or the ERP itself, has yet to post."""
BREAKS_FROM = 5
"""Calls that fail one after the other until an account is left alone for a while."""
DETAIL_MAX = 2_000
"""Characters kept of what an ERP said."""


class PostingState(StrEnum):
    """Where a document stands. The last three are ends; ``refused`` is one until a person decides."""

    WAITING = "waiting"
    SENDING = "sending"
    UNKNOWN = "unknown"
    DRAFT = "draft"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    POSTED = "posted"
    DUPLICATE = "duplicate"
    GIVEN_UP = "given_up"


_THERE = frozenset({PostingState.DRAFT, PostingState.ACCEPTED, PostingState.POSTED, PostingState.DUPLICATE})
TRANSITIONS: Mapping[PostingState, frozenset[PostingState]] = {
    PostingState.WAITING: _THERE | {PostingState.SENDING, PostingState.REFUSED, PostingState.GIVEN_UP},
    PostingState.SENDING: _THERE | {PostingState.WAITING, PostingState.UNKNOWN, PostingState.REFUSED},
    PostingState.UNKNOWN: _THERE | {PostingState.WAITING},
    PostingState.DRAFT: _THERE - {PostingState.DRAFT} | {PostingState.REFUSED},
    PostingState.ACCEPTED: _THERE - {PostingState.ACCEPTED},
    PostingState.REFUSED: frozenset({PostingState.WAITING, PostingState.GIVEN_UP, PostingState.DUPLICATE}),
    PostingState.POSTED: frozenset(),
    PostingState.DUPLICATE: frozenset(),
    PostingState.GIVEN_UP: frozenset(),
}
"""All that may happen to a document. A state may always be kept."""
IN_WORK = frozenset(
    {
        PostingState.WAITING,
        PostingState.SENDING,
        PostingState.UNKNOWN,
        PostingState.DRAFT,
        PostingState.ACCEPTED,
    }
)
"""What a runner still has to do something about."""
SETTLED = frozenset({PostingState.POSTED, PostingState.DUPLICATE, PostingState.GIVEN_UP})
"""Nothing more comes: what waits for this document may go on."""

_WITHOUT_ANSWER = frozenset({FailureCode.NO_ANSWER, FailureCode.ANSWER_NOT_UNDERSTOOD, FailureCode.SERVER_ERROR})
TRIED_AGAIN = PASSING | _WITHOUT_ANSWER | {FailureCode.NOT_AUTHORISED}
"""Failures, without an effect, that are of the account and not of the document."""


@dataclass(frozen=True, slots=True)
class Posting:
    """One document for one account.

    Attributes:
        key: of the document; one posting for each key and account.
        document: as :mod:`gateway.domain.erp.canonical` writes it, without the content of its files.
        sequence: order in which postings of an account were stored, from 1; 0 while it is not stored.
        attempts: calls that failed since the last that did not.
        due_at: not looked at before.
        erp_id, number, version: the ERP's own; empty while it told none.
        code: of the last failure; empty when there was none.
        detail: what the ERP or a person said, shortened.
        acknowledged_at: when an ERP that fetches its documents said that it has it.
    """

    account: str
    key: str
    kind: DocumentKind
    document: Mapping[str, Any]
    trace_id: str
    created_at: datetime
    due_at: datetime
    changed_at: datetime
    state: PostingState = PostingState.WAITING
    sequence: int = 0
    attempts: int = 0
    erp_id: str = ""
    number: str = ""
    version: str = ""
    code: str = ""
    detail: str = ""
    acknowledged_at: datetime | None = None


def moved(posting: Posting, state: PostingState, now: datetime, **changes: Any) -> Posting:  # noqa: ANN401  # fields
    """Return the posting in another state, due at once; failures are forgotten unless ``changes`` names them.

    Raises:
        RuleError: ``illegal_transition``.
    """
    if state is not posting.state and state not in TRANSITIONS[posting.state]:
        raise RuleError("illegal_transition", f"A posting that is {posting.state} does not become {state}.")
    fresh: dict[str, Any] = {"due_at": now, "attempts": 0, "code": "", "detail": ""}
    if "detail" in changes:
        changes["detail"] = changes["detail"][:DETAIL_MAX]
    return replace(posting, **(fresh | changes | {"state": state, "changed_at": now}))


def noted(posting: Posting, words: str, now: datetime) -> Posting:
    """Return the posting as it stands, with other words for people."""
    return replace(posting, detail=words[:DETAIL_MAX], changed_at=now)


def begun(posting: Posting, now: datetime) -> Posting:
    """Return the posting as it is stored before the call: should nobody come back, it is looked up when settled."""
    return moved(posting, PostingState.SENDING, now, due_at=_settled(now), attempts=posting.attempts)


def left_alone(posting: Posting, now: datetime) -> Posting:
    """Return what a posting is whose sender did not come back."""
    return moved(posting, PostingState.UNKNOWN, now, attempts=posting.attempts)


def after_look(posting: Posting, found: Found | None, now: datetime) -> Posting:
    """Return what a look makes of a posting. ``waiting`` means: it may be put, also to finish a draft of ours."""
    if found is None:
        return _not_there(posting, now)
    told: dict[str, Any] = {"erp_id": found.erp_id, "number": found.number, "version": found.version}
    if not found.ours:
        return moved(posting, PostingState.DUPLICATE, now, **told, detail="Another entry has this vendor and number.")
    match found.state:
        case FoundState.POSTED:
            return moved(posting, PostingState.POSTED, now, **told)
        case FoundState.ACCEPTED:
            return moved(posting, PostingState.ACCEPTED, now, **told, due_at=_later(now))
        case FoundState.DRAFT if posting.state is PostingState.UNKNOWN:
            return moved(posting, PostingState.WAITING, now, **told, attempts=posting.attempts)
        case FoundState.DRAFT if posting.state is PostingState.ACCEPTED:
            return moved(posting, PostingState.DRAFT, now, **told, due_at=_later(now))
        case FoundState.DRAFT if posting.state is PostingState.DRAFT:
            return moved(posting, PostingState.DRAFT, now, **told, due_at=_later(now), detail=posting.detail)
        case FoundState.DRAFT:
            return replace(posting, **told)


def _not_there(posting: Posting, now: datetime) -> Posting:
    match posting.state:
        case PostingState.UNKNOWN:
            return moved(posting, PostingState.WAITING, now, attempts=posting.attempts)
        case PostingState.DRAFT:
            gone = "The draft is no longer in the ERP."
            return moved(posting, PostingState.REFUSED, now, code=FailureCode.REFUSED.value, detail=gone)
        case PostingState.ACCEPTED:
            return moved(posting, PostingState.ACCEPTED, now, due_at=_later(now))
        case _:
            return posting


def after_put(posting: Posting, result: PutResult, now: datetime) -> Posting:
    """Return what the answer to a write makes of a posting that is ``sending``."""
    told = {
        "erp_id": result.erp_id or posting.erp_id,
        "number": result.number or posting.number,
        "version": result.version or posting.version,
        "detail": result.note,
    }
    match result.state:
        case PutState.UNKNOWN:
            return moved(posting, PostingState.UNKNOWN, now, due_at=_settled(now), detail=result.note)
        case PutState.DRAFT | PutState.ACCEPTED:
            return moved(posting, PostingState(result.state.value), now, **told, due_at=_later(now))
        case PutState.POSTED | PutState.DUPLICATE:
            return moved(posting, PostingState(result.state.value), now, **told)


def after_failed_put(posting: Posting, failure: ErpFailure, now: datetime) -> Posting:
    """Return what a failed write makes of a posting that is ``sending``: tried again, unknown, or a person's matter."""
    told: dict[str, Any] = {"code": failure.failure.value, "detail": failure.detail, "attempts": posting.attempts + 1}
    if failure.effect is Effect.UNKNOWN:
        return moved(posting, PostingState.UNKNOWN, now, **told, due_at=_settled(now))
    if failure.failure in TRIED_AGAIN:
        return moved(posting, PostingState.WAITING, now, **told, due_at=_again_at(told["attempts"], failure, now))
    return moved(posting, PostingState.REFUSED, now, **told)


def after_failed_look(posting: Posting, failure: ErpFailure, now: datetime) -> Posting:
    """Return what a failed look makes of a posting: of one that waits it may be the end, an unknown one stays so."""
    told: dict[str, Any] = {"code": failure.failure.value, "detail": failure.detail, "attempts": posting.attempts + 1}
    if posting.state is PostingState.WAITING and failure.failure not in TRIED_AGAIN:
        return moved(posting, PostingState.REFUSED, now, **told)
    return moved(posting, posting.state, now, **told, due_at=_again_at(told["attempts"], failure, now))


def pause_s(failures: int, retry_after_s: int | None = None) -> int:
    """Return how many seconds an account is left alone after so many failed calls in a row; 0: it is not."""
    return max(backoff_s(failures - BREAKS_FROM + 1) if failures >= BREAKS_FROM else 0, retry_after_s or 0)


def _again_at(attempts: int, failure: ErpFailure, now: datetime) -> datetime:
    return now + timedelta(seconds=max(backoff_s(attempts), failure.retry_after_s or 0))


def _settled(now: datetime) -> datetime:
    return now + timedelta(seconds=SETTLE_S)


def _later(now: datetime) -> datetime:
    return now + timedelta(seconds=LOOK_AGAIN_S)
