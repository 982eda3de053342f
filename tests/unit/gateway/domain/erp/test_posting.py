"""What each answer of an ERP makes of a document on its way."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from gateway.domain.erp.canonical import as_json
from gateway.domain.erp.failure import Effect, ErpFailure, FailureCode
from gateway.domain.erp.posting import (
    BREAKS_FROM,
    SETTLE_S,
    TRIED_AGAIN,
    Posting,
    PostingState,
    after_failed_look,
    after_failed_put,
    after_look,
    after_put,
    begun,
    left_alone,
    moved,
    pause_s,
)
from gateway.domain.erp.put_result import Found, FoundState, PutResult, PutState
from gateway.domain.errors import RuleError
from tests.support.erp_documents import entry

NOW = datetime(2026, 11, 3, 9, tzinfo=UTC)
LATER = NOW + timedelta(seconds=SETTLE_S)
WAITING = Posting("books", entry().key, entry().kind, as_json(entry()), "trace", NOW, NOW, NOW)
SENDING = begun(WAITING, NOW)
UNKNOWN = left_alone(SENDING, NOW)
DRAFT = after_put(SENDING, PutResult(PutState.DRAFT, "B1"), NOW)


@pytest.mark.parametrize("code", FailureCode)
def test_write_when_it_fails_then_only_a_known_effect_lets_it_be_sent_again(code: FailureCode) -> None:
    failure = ErpFailure(code, "said", retry_after_s=77)

    after = after_failed_put(SENDING, failure, NOW)

    assert (after.code, after.detail, after.attempts) == (code.value, "said", 1)
    if failure.effect is Effect.UNKNOWN:
        assert (after.state, after.due_at) == (PostingState.UNKNOWN, LATER)
    elif code in TRIED_AGAIN:
        assert (after.state, after.due_at) == (PostingState.WAITING, NOW + timedelta(seconds=77))
    else:
        assert after.state is PostingState.REFUSED


@pytest.mark.parametrize("code", FailureCode)
def test_look_when_it_fails_then_what_is_unknown_stays_unknown(code: FailureCode) -> None:
    failure = ErpFailure(code, effect=Effect.NONE)

    assert after_failed_look(UNKNOWN, failure, NOW).state is PostingState.UNKNOWN
    waits = after_failed_look(WAITING, failure, NOW).state
    assert waits is (PostingState.WAITING if code in TRIED_AGAIN else PostingState.REFUSED)


@pytest.mark.parametrize("state", [PostingState.SENDING, PostingState.REFUSED, PostingState.GIVEN_UP])
def test_unknown_when_somebody_would_go_past_the_look_then_it_is_refused(state: PostingState) -> None:
    with pytest.raises(RuleError, match="unknown does not become"):
        moved(UNKNOWN, state, NOW)


def test_look_when_nothing_is_there_then_unknown_may_be_written_and_a_lost_draft_is_a_persons_matter() -> None:
    assert after_look(UNKNOWN, None, NOW).state is PostingState.WAITING
    assert after_look(WAITING, None, NOW) == WAITING
    assert after_look(DRAFT, None, NOW).state is PostingState.REFUSED


@pytest.mark.parametrize(
    ("before", "found", "after"),
    [
        (UNKNOWN, FoundState.POSTED, PostingState.POSTED),
        (UNKNOWN, FoundState.ACCEPTED, PostingState.ACCEPTED),
        (UNKNOWN, FoundState.DRAFT, PostingState.WAITING),
        (WAITING, FoundState.DRAFT, PostingState.WAITING),
        (DRAFT, FoundState.DRAFT, PostingState.DRAFT),
        (DRAFT, FoundState.POSTED, PostingState.POSTED),
    ],
)
def test_look_when_ours_is_there_then_its_state_is_taken_and_a_half_made_draft_is_finished(
    before: Posting, found: FoundState, after: PostingState
) -> None:
    ours = after_look(before, Found(found, "B1", "2026/1"), NOW)
    theirs = after_look(before, Found(found, "B9", "2026/9", ours=False), NOW)

    assert (ours.state, ours.erp_id, ours.number) == (after, "B1", "2026/1")
    assert theirs.state is PostingState.DUPLICATE


def test_write_when_its_answer_names_no_id_then_the_one_that_was_found_stays() -> None:
    after = after_put(replace(SENDING, erp_id="B1"), PutResult(PutState.POSTED, number="7"), NOW)

    assert (after.state, after.erp_id, after.number) == (PostingState.POSTED, "B1", "7")


def test_account_when_calls_fail_in_a_row_then_it_is_left_alone_for_longer_and_longer() -> None:
    assert [pause_s(BREAKS_FROM + more) for more in (-1, 0, 1, 2, 30)] == [0, 1, 2, 4, 900]
    assert pause_s(1, retry_after_s=30) == 30
