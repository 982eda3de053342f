"""What an answer proves about the call it belongs to, and what a duplicate proves about an earlier one. Pure.

Paid is only AE 10 in an answer that repeats register number, amount, currency and action. Whatever contradicts the
call or itself is unknown, never declined (docs/adr/0008).
"""

from dataclasses import replace

from terminal_driver.caisse_ap.messages import APPLICATIONS, PROOF, Answer, AnswerResult, Request
from terminal_driver.concert.reference import is_short_reference, short_reference
from terminal_driver.operations import MoneyOperation
from terminal_driver.outcome import (
    Aborted,
    Approved,
    Declined,
    LastResult,
    NoAnswer,
    StillUnknown,
    TerminalReceipt,
    TransactionData,
    Unknown,
    Verdict,
)
from terminal_driver.zvt.status_codes import Language

# Each reason (AF) with its English and German words.
REASONS: dict[str, tuple[str, str]] = {
    "00": ("no reason given", "ohne Angabe von Gründen"),
    "01": ("authorised", "genehmigt"),
    "02": ("the bank wants a telephone call", "die Bank verlangt einen Anruf"),
    "03": ("forced", "erzwungen"),
    "04": ("refused", "abgelehnt"),
    "05": ("forbidden", "verboten"),
    "06": ("abandoned", "abgebrochen"),
    "07": ("not completed", "nicht abgeschlossen"),
    "08": ("time for entry over", "Eingabezeit abgelaufen"),
    "09": ("the terminal did not understand the message", "das Terminal hat die Nachricht nicht verstanden"),
    "10": ("selection failed", "Auswahl fehlgeschlagen"),
    "11": ("abandoned by the operator", "durch das Personal abgebrochen"),
    "12": ("action unknown to the terminal", "dem Terminal unbekannte Aktion"),
    "13": ("currency not accepted", "Währung nicht angenommen"),
}
_ABANDONED = frozenset({"06", "08", "11"})
_CONTRADICTORY = frozenset({"01", "03"})
_NOT_DONE = ("not done, no reason given", "nicht durchgeführt, ohne Angabe von Gründen")

Judged = Approved | Declined | Aborted | Unknown


def reason_words(reason: str | None, language: Language) -> str:
    """Return a reason (AF) in words."""
    if reason is None:
        words = _NOT_DONE
    else:
        words = REASONS.get(reason, (f"unknown reason {reason!r}", f"unbekannter Grund {reason!r}"))
    return words[language is Language.GERMAN]


def data_of(answer: Answer) -> TransactionData:
    """Return what an answer tells of a transaction."""
    application = answer.application
    private = answer.private
    return TransactionData(
        code=answer.result,
        amount_minor=answer.amount_minor,
        currency_numeric=answer.currency,
        merchant_contract=answer.contract,
        authorisation=answer.authorisation,
        card_name=None if application is None else APPLICATIONS.get(application, application),
        card_number_masked=answer.card_number_masked,
        reference=private if private is not None and is_short_reference(private) else None,
    )


def judge_answer(request: Request, answer: Answer, receipts: tuple[TerminalReceipt, ...], language: Language) -> Judged:
    """Say how the call ends by this answer."""
    data = data_of(answer)
    if other := _differences(request, answer):
        return Unknown("echo_mismatch", f"the answer does not repeat the request: {', '.join(other)}", data, receipts)
    match answer.result:
        case AnswerResult.DONE:
            return _done(answer, data, receipts)
        case AnswerResult.NOT_DONE if answer.reason in _CONTRADICTORY:
            words = f"the terminal says not done and {reason_words(answer.reason, language)}"
            return Unknown("contradictory_answer", words, data, receipts)
        case AnswerResult.NOT_DONE:
            kind = Aborted if answer.reason in _ABANDONED else Declined
            return kind(answer.reason or answer.result, reason_words(answer.reason, language), data, receipts)
        case AnswerResult.TAKEN_INTO_ACCOUNT:
            return Unknown("taken_into_account", "the terminal answered before the payment was made", data, receipts)
        case _:
            return Unknown("unknown_result", "the terminal answered with an unknown result", data, receipts)


def _done(answer: Answer, data: TransactionData, receipts: tuple[TerminalReceipt, ...]) -> Judged:
    told = {"CZ": answer.version, "CA": answer.register_no, "CE": answer.currency, "CD": answer.action}
    told |= {"CB": None if answer.amount_minor is None else str(answer.amount_minor), "AE": answer.result}
    if missing := sorted(tag for tag in PROOF if told[tag] is None):
        return Unknown("incomplete_answer", f"the answer lacks {', '.join(missing)}", data, receipts)
    if answer.reason not in (None, "01", "03"):  # AF belongs to a refusal
        return Unknown("contradictory_answer", "the terminal says done and gives a reason why not", data, receipts)
    return Approved(data, receipts)


def judge_duplicate(
    request: Request, answer: Answer, receipts: tuple[TerminalReceipt, ...], language: Language
) -> LastResult | NoAnswer:
    """Say what the answer to a duplicate tells of the last transaction; the amount asked with was zero."""
    if other := [name for name in _differences(request, answer) if name not in ("amount", "reference")]:
        return NoAnswer("echo_mismatch", f"the answer does not repeat the request: {', '.join(other)}")
    if answer.result != AnswerResult.DONE:
        return NoAnswer("refused", reason_words(answer.reason, language))
    data = data_of(answer)
    return LastResult(held=True, data=replace(data, amount_minor=data.amount_minor or None), receipts=receipts)


def _differences(request: Request, answer: Answer) -> list[str]:
    """Name what the answer says otherwise than the request; what it leaves out is no difference."""
    pairs: tuple[tuple[str, object, object], ...] = (
        ("register number", request.register_no, answer.register_no),
        ("amount", request.amount_minor, answer.amount_minor),
        ("currency", request.currency, answer.currency),
        ("action", str(request.action), answer.action),
    )
    other = [name for name, asked, told in pairs if told is not None and told != asked]
    private = answer.private
    if private is not None and is_short_reference(private) and private != request.private:
        other.append("reference")
    return other


def judge_last(operation: MoneyOperation, last: LastResult | NoAnswer) -> Verdict:
    """Say what the duplicate of the last ticket proves about an operation whose answer was lost.

    ``Approved`` needs our own reference, the amount, the currency if told, and an authorisation number. The amount
    alone proves nothing: it may be that of an earlier sale, and the protocol tells neither a number nor a time.
    """
    if isinstance(last, NoAnswer):
        return StillUnknown("not_answered", last.reason, TransactionData())
    data = last.data
    if not last.held:
        return StillUnknown("nothing_held", "the terminal told no transaction", data)
    if data.amount_minor is None:
        return StillUnknown("no_amount", "the terminal named no amount", data)
    if data.amount_minor != operation.amount_minor:
        return StillUnknown("other_amount", "the last transaction has another amount", data)
    if data.currency_numeric not in (None, operation.currency_numeric):
        return StillUnknown("other_currency", "the last transaction has another currency", data)
    ours = {operation.reference, short_reference(operation.reference)} if operation.reference else set()
    if data.reference not in ours:
        words = "the last transaction has this amount, but nothing tells it from an earlier one: compare the ticket"
        return StillUnknown("not_identified", words, data)
    if not data.authorisation:
        return StillUnknown("no_authorisation", "the last transaction bears no authorisation number", data)
    return Approved(data, last.receipts)
