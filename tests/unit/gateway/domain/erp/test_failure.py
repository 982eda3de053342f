"""Failures of an ERP: closed list, words for each, unknown where nobody can know."""

from __future__ import annotations

from gateway.domain.erp.failure import PASSING, WORDS, Effect, ErpFailure, FailureCode


def test_failure_when_made_then_words_and_effect_follow_from_its_code() -> None:
    unknown = {code for code in FailureCode if ErpFailure(code).effect is Effect.UNKNOWN}

    assert unknown == {FailureCode.NO_ANSWER, FailureCode.ANSWER_NOT_UNDERSTOOD, FailureCode.SERVER_ERROR}
    assert set(WORDS) == set(FailureCode)
    assert not PASSING & unknown
    assert ErpFailure(FailureCode.NO_ANSWER, effect=Effect.NONE).effect is Effect.NONE
