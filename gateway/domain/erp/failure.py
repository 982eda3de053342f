"""Why an ERP did not do what it was asked, in a closed list, with what is then known of the effect."""

from collections.abc import Mapping
from enum import StrEnum

from gateway.domain.errors import GatewayError


class Effect(StrEnum):
    """What the ERP has surely done. ``UNKNOWN`` is never a failure: only ``find`` may resolve it."""

    NONE = "none"
    UNKNOWN = "unknown"


class FailureCode(StrEnum):
    """The closed list. The web layer has words for each in every language."""

    UNREACHABLE = "unreachable"
    NOT_AUTHORISED = "not_authorised"
    NOT_ALLOWED = "not_allowed"
    TOO_MANY_CALLS = "too_many_calls"
    LOCKED = "locked"
    """Somebody works on it there; it may be tried again."""
    REFUSED = "refused"
    SUM_DIFFERS = "sum_differs"
    PERIOD_CLOSED = "period_closed"
    UNKNOWN_PARTY = "unknown_party"
    UNKNOWN_ACCOUNT = "unknown_account"
    UNKNOWN_TAX = "unknown_tax"
    NOT_SUPPORTED = "not_supported"
    MAPPING_WRONG = "mapping_wrong"
    NO_ANSWER = "no_answer"
    ANSWER_NOT_UNDERSTOOD = "answer_not_understood"
    SERVER_ERROR = "server_error"


_UNKNOWN = frozenset({FailureCode.NO_ANSWER, FailureCode.ANSWER_NOT_UNDERSTOOD, FailureCode.SERVER_ERROR})
PASSING = frozenset({FailureCode.UNREACHABLE, FailureCode.TOO_MANY_CALLS, FailureCode.LOCKED})
"""Nothing was done, and the same call may succeed later without anybody's help."""

WORDS: Mapping[FailureCode, str] = {
    FailureCode.UNREACHABLE: "The ERP cannot be reached; nothing was sent. It is tried again.",
    FailureCode.NOT_AUTHORISED: "The ERP did not accept our user or key. Check the login of this connection.",
    FailureCode.NOT_ALLOWED: "Our user may not do this in the ERP. Ask its administrator for the right.",
    FailureCode.TOO_MANY_CALLS: "The ERP asks for fewer calls. It is tried again more slowly.",
    FailureCode.LOCKED: "Somebody works on this in the ERP. It is tried again.",
    FailureCode.REFUSED: "The ERP refused the document. Read its reason, and correct it there or here.",
    FailureCode.SUM_DIFFERS: "The ERP computes another sum than the document shows. Compare both and correct the tax.",
    FailureCode.PERIOD_CLOSED: "The period of this date is closed in the ERP. Open it, or choose another posting date.",
    FailureCode.UNKNOWN_PARTY: "The ERP does not know this business partner. Create it there, or tie it to one.",
    FailureCode.UNKNOWN_ACCOUNT: "The ERP does not know this account. Check the accounts of the mapping.",
    FailureCode.UNKNOWN_TAX: "The ERP does not know this tax. Check the taxes of the mapping.",
    FailureCode.NOT_SUPPORTED: "This ERP cannot do that. Enter it there by hand.",
    FailureCode.MAPPING_WRONG: "The mapping of this connection does not fit. Correct the field that is named.",
    FailureCode.NO_ANSWER: "No answer came: nobody knows whether it was done. It is looked up before anything else.",
    FailureCode.ANSWER_NOT_UNDERSTOOD: "The answer makes no sense: it may have been done. It is looked up first.",
    FailureCode.SERVER_ERROR: "The ERP failed while it worked on this: it may have been done. It is looked up first.",
}
"""What a clerk reads, and can do."""


class ErpFailure(GatewayError):
    """A call of an ERP that gave no result.

    Attributes:
        failure: why, of the closed list (also ``code``, as text).
        effect: what the ERP may have done; by default what the code says of a write.
        words: what a clerk understands and can do (also ``message``).
        detail: what the ERP said, shortened; never secrets, account numbers or tracebacks.
        field: of the mapping or the document, where one is to blame.
        retry_after_s: seconds the ERP asked to be left alone, >= 0.
    """

    def __init__(
        self,
        failure: FailureCode,
        detail: str = "",
        *,
        words: str = "",
        effect: Effect | None = None,
        field: str | None = None,
        retry_after_s: int | None = None,
    ) -> None:
        self.failure = failure
        self.effect = effect or (Effect.UNKNOWN if failure in _UNKNOWN else Effect.NONE)
        self.words = words or WORDS[failure]
        self.detail = detail
        self.field = field
        self.retry_after_s = retry_after_s
        super().__init__(failure.value, self.words, detail)
