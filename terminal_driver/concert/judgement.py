"""What an answer proves about the call it belongs to: pure, without bytes and time.

Paid is only what says so (result 0) and repeats the call exactly: register number, amount, currency, means of payment
and private field. Whatever contradicts the call or itself is unknown, never declined (docs/adr/0008).
"""

from terminal_driver.concert.messages import NO_PRIVATE, PRIVATE_CHARACTERS, Answer, AnswerResult, Request
from terminal_driver.concert.reference import is_short_reference
from terminal_driver.outcome import Approved, Declined, TransactionData, Unknown
from terminal_driver.zvt.status_codes import Language

_EMPTY_PRIVATE = frozenset({NO_PRIVATE, "0" * PRIVATE_CHARACTERS})

# Each result with its English and German words.
_RESULTS: dict[str, tuple[str, str]] = {
    AnswerResult.PAID: ("paid", "bezahlt"),
    AnswerResult.NOT_DONE: ("refused or not done", "abgelehnt oder nicht durchgeführt"),
    AnswerResult.NOT_VERIFIED: (
        "the terminal could not verify the payment",
        "das Terminal konnte die Zahlung nicht prüfen",
    ),
}

Judged = Approved | Declined | Unknown


def belongs_to_another_call(request: Request, answer: Answer) -> bool:
    """Tell whether the answer bears the reference of another call of a register like us."""
    return is_short_reference(answer.private) and answer.private != request.private


def result_words(result: str, language: Language) -> str:
    """Return a result byte in words."""
    english, german = _RESULTS.get(result, (f"unknown result {result!r}", f"unbekanntes Ergebnis {result!r}"))
    return german if language is Language.GERMAN else english


def data_of(answer: Answer) -> TransactionData:
    """Return what an answer tells of a transaction."""
    return TransactionData(
        code=answer.result,
        amount_minor=answer.amount_minor,
        currency_numeric=answer.currency,
        card_number_masked=answer.card_number_masked,
        reference=answer.private if is_short_reference(answer.private) else None,
    )


def judge_answer(request: Request, answer: Answer, language: Language) -> Judged:
    """Say how the call ends by this answer."""
    data = data_of(answer)
    if other := _differences(request, answer):
        return Unknown("echo_mismatch", f"the answer does not repeat the request: {', '.join(other)}", data)
    words = result_words(answer.result, language)
    match answer.result:
        case AnswerResult.PAID:
            return Approved(data)
        case AnswerResult.NOT_DONE:
            return Declined(answer.result, words, data)
        case AnswerResult.NOT_VERIFIED:
            return Unknown("not_verified", words, data)
        case _:
            return Unknown("unknown_result", words, data)


def _differences(request: Request, answer: Answer) -> list[str]:
    """Name the fields in which the answer is not that of the request; without values: they may be anything."""
    pairs = (
        ("register number", request.register_no, answer.register_no),
        ("amount", str(request.amount_minor), str(answer.amount_minor)),
        ("currency", request.currency, answer.currency),
        ("means of payment", request.means, answer.means),
        ("private field", _private(request.private), _private(answer.private)),
    )
    return [name for name, asked, told in pairs if asked != told]


def _private(text: str) -> str:
    """Blanks and zeros both mean that nothing was said."""
    return NO_PRIVATE if text in _EMPTY_PRIVATE else text
