"""What is stored in English reaches a German reader in German; a terminal's or a person's words stay as they came."""

import ast
from dataclasses import replace
from itertools import chain, combinations
from pathlib import Path

import pytest

from gateway.adapters.printer import _REASONS, _reason
from gateway.domain.access import Role
from gateway.domain.cards.payment import AttemptState, TerminalResult
from gateway.jobs.terminal_words import ASKED_BY_NOBODY, NOT_MATCHED
from gateway.web.payments.payment_view import PaymentView, view_payment
from gateway.web.words import load_words
from terminal_driver.printer.status import NO_ANSWER, UNABLE, status_from_asb
from terminal_driver.virtual.printer_faults import PrinterFault, automatic_status
from terminal_driver.zvt import recovery, status_codes
from tests.unit.gateway.web.test_screens_views import NAMES, caller, record

ENGLISH, GERMAN = load_words()["en"], load_words()["de"]


def _states_of_a_printer() -> set[str]:
    some = chain.from_iterable(combinations(PrinterFault, count) for count in range(4))
    return {status_from_asb(automatic_status(set(faults))).words for faults in some} | {NO_ANSWER.words, UNABLE.words}


def _judgements() -> set[str]:
    """The reasons of the judgement over a last result that are plain texts."""
    tree = ast.parse(Path(recovery.__file__).read_text("utf-8"))
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name))
    said = (call.args[1] for call in calls if isinstance(call.func, ast.Name) and call.func.id == "StillUnknown")
    return {one.value for one in said if isinstance(one, ast.Constant) and isinstance(one.value, str)}


def _german(code: str | None, reason: str, *, own_text: str | None = None) -> PaymentView:
    found = record(AttemptState.DECLINED)
    attempt = replace(
        found.attempts[0], reason_code=code, reason=reason, result=TerminalResult(code="78", text=own_text)
    )
    return view_payment(replace(found, attempts=(attempt,)), caller(Role.CASHIER), NAMES, GERMAN)


@pytest.mark.parametrize(
    "sentences",
    [
        _states_of_a_printer(),
        {*_REASONS.values(), _reason("paper_jam")},
        _judgements(),
        {ASKED_BY_NOBODY, NOT_MATCHED, "Ready."},
        {"nothing to pay, 2 left out", "run 7: 3 payments", "0 new messages", "1 reminded, 0 to be approved again"},
        {"The file is with the bank, byte for byte.", "4 looked at again, 1 of them approved"},
    ],
    ids=["printer states", "print jobs", "judgements", "strays", "jobs of the day", "payables"],
)
def test_stored_sentence_when_shown_then_in_the_readers_language(sentences: set[str]) -> None:
    assert sentences
    for sentence in sentences:
        assert ENGLISH.retold(sentence) == sentence
        assert GERMAN.retold(sentence) != sentence, sentence


def test_sentence_with_parts_when_shown_then_its_parts_are_retold() -> None:
    def german(sentence: str) -> str:
        return GERMAN.retold(sentence)

    assert (
        german("The printer answers: the cover is open, it is out of paper.")
        == "Der Drucker meldet: der Deckel ist offen, das Papier ist leer."
    )
    assert (
        german("Given up after 8 tries: The printer's cover is open. Close it.")
        == "Nach 8 Versuchen aufgegeben: Der Deckel des Druckers ist offen. Bitte schließen."
    )
    assert (
        german("The terminal does not answer: there is no device at /dev/ttyUSB0. Check its cable and power.")
        == "Das Terminal antwortet nicht: an /dev/ttyUSB0 ist kein Gerät. Bitte Kabel und Strom prüfen."
    )


def test_words_that_no_table_knows_stay_as_they_came() -> None:
    for own in ("Karte nicht lesbar (Host 12)", "Receipt 12 of the terminal shows 44.00", "", "{line} is", "a" * 5000):
        assert GERMAN.retold(own) == own


def test_every_result_of_a_zvt_terminal_has_its_text() -> None:
    codes = {f"result.{code:02x}" for code in status_codes.RESULT_CODES if code != status_codes.SUCCESS}

    assert codes == {key for key in ENGLISH.table if key.startswith("result.")}


def test_result_code_when_the_terminal_gave_no_text_then_in_the_readers_language() -> None:
    view = _german("declined_78", "card expired")

    assert view.reason == view.attempts[0].reason == "Karte verfallen."


def test_result_code_when_the_terminal_gave_its_own_text_then_that() -> None:
    assert _german("declined_78", "CARTE EXPIREE", own_text="CARTE EXPIREE").reason == "CARTE EXPIREE"


def test_result_code_of_another_protocol_then_not_taken_for_one_of_zvt() -> None:
    assert _german("declined_concert_78", "not authorised").reason == "not authorised"


def test_code_with_a_text_then_that_before_anything_stored() -> None:
    assert _german("line_lost", "the line broke").reason == "Die Leitung zum Terminal ist abgerissen."
