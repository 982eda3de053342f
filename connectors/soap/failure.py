"""What can go wrong in a SOAP call, as a closed list, and what is then known of its effect."""

from __future__ import annotations

from enum import StrEnum


class Effect(StrEnum):
    """What the other side has surely done. ``UNKNOWN`` is never a failure: look before it is tried again."""

    NONE = "none"
    UNKNOWN = "unknown"


class FailureCode(StrEnum):
    """Why a call gave no answer that can be used."""

    DESCRIPTION_UNREADABLE = "description_unreadable"
    DESCRIPTION_REACHES_OUT = "description_reaches_out"
    DESCRIPTION_INCOMPLETE = "description_incomplete"
    UNKNOWN_OPERATION = "unknown_operation"
    REQUEST_NOT_VALID = "request_not_valid"
    UNREACHABLE = "unreachable"
    NOT_AUTHORISED = "not_authorised"
    TOO_MANY_CALLS = "too_many_calls"
    REFUSED = "refused"
    FAULT = "fault"
    NO_ANSWER = "no_answer"
    ANSWER_TOO_LARGE = "answer_too_large"
    ANSWER_NOT_UNDERSTOOD = "answer_not_understood"


class SoapFailure(Exception):
    """A call, or the reading of a description, that failed.

    Attributes:
        code: why.
        message: one sentence.
        hint: what to do.
        effect: what the other side may have done.
        fault_code: of a SOAP fault, as it was sent, else empty.
        detail: of a SOAP fault: names and texts of its detail, flattened.
        retry_after_s: seconds the other side asked to be left alone, None where it did not.
    """

    def __init__(
        self,
        code: FailureCode,
        message: str,
        hint: str,
        effect: Effect = Effect.NONE,
        *,
        fault_code: str = "",
        detail: tuple[tuple[str, str], ...] = (),
        retry_after_s: int | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint
        self.effect = effect
        self.fault_code = fault_code
        self.detail = detail
        self.retry_after_s = retry_after_s
