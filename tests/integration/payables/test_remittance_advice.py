"""Remittance advice: noted once for each payment that left, sent by mail with a PDF in the supplier's language."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pypdfium2
import pytest

from gateway.adapters.db.unit_of_work import SqlStorage
from gateway.adapters.remittance_pdf import LINES_OF_PAGE, PdfAdvice
from gateway.domain.errors import InputError, OperationalError
from gateway.domain.outbox import OutboxMessage
from gateway.domain.telling.outward import Answer, Handed
from gateway.ports.mail_sender import Letter
from gateway.services.payables.advise_remittance import (
    REMITTANCE,
    AdviseRemittance,
    DeliverRemittance,
    LettersBySubject,
)
from tests.support.bank_loop import BankLoop, MovableClock
from tests.support.run_rows import HERE, supplier

MAIL_TO = "accounts@alpha.example"


class KeptLetters:
    """A mail server that keeps what it takes, or refuses."""

    def __init__(self, refusal: Exception | None = None) -> None:
        self.letters: list[Letter] = []
        self._refusal = refusal

    def send(self, letter: Letter) -> None:
        if self._refusal is not None:
            raise self._refusal
        self.letters.append(letter)


class Others:
    """Where all other letters go."""

    def deliver(self, message: OutboxMessage) -> Handed:
        return Handed(Answer.REFUSED, message.payload["subject"])


@pytest.fixture
def storage(database_url: str) -> Iterator[SqlStorage]:
    opened = SqlStorage(database_url, MovableClock())
    yield opened
    opened.close()


@pytest.fixture
def loop(storage: SqlStorage, tmp_path: Path) -> BankLoop:
    return BankLoop(storage, tmp_path / "bank", payables=2)


def _noted(loop: BankLoop, *, language: str = "de", set_up: bool = True) -> list[OutboxMessage]:
    known = replace(supplier(), remittance_email=MAIL_TO, language=language, version=2)
    with loop.storage.write() as unit:
        assert unit.suppliers.update(known)
    advise = AdviseRemittance(clock=loop.clock, shop="Corner Shop", set_up=set_up)
    for _ in range(2):
        with loop.storage.write() as unit:
            advise.note_in(unit, *HERE, loop.orders())
    with loop.storage.read() as unit:
        return list(unit.outward.messages(*HERE, "mail", state=None, before=None, limit=9))


def _deliver(loop: BankLoop, message: OutboxMessage, mail: KeptLetters) -> Handed:
    advices = DeliverRemittance(
        storage=loop.storage, clock=loop.clock, paper=PdfAdvice(), sender=mail, shop="Corner Shop"
    )
    return LettersBySubject({REMITTANCE: advices}, others=Others()).deliver(message)


def test_advice_when_noted_twice_then_there_is_one_for_each_payment(loop: BankLoop) -> None:
    assert len(_noted(loop)) == 2


def test_advice_without_a_mail_server_then_is_not_noted(loop: BankLoop) -> None:
    assert _noted(loop, set_up=False) == []


@pytest.mark.parametrize(
    ("language", "words"),
    [("de", ("Zahlungsavis", "118,00 EUR", "Skonto", "03.03.2026")), ("en", ("Remittance advice", "118.00 EUR"))],
)
def test_letter_then_names_invoice_discount_and_sum_in_the_suppliers_language(
    loop: BankLoop, language: str, words: tuple[str, ...]
) -> None:
    message, mail = _noted(loop, language=language)[0], KeptLetters()

    assert _deliver(loop, message, mail).answer is Answer.TAKEN

    (letter,) = mail.letters
    whole = f"{letter.subject}\n{letter.text}"
    assert letter.to == MAIL_TO
    assert all(word in whole for word in words)
    assert "DE89370400440532013000" not in whole
    assert letter.pdf_name in {"1-1.pdf", "1-2.pdf"}
    page = pypdfium2.PdfDocument(letter.pdf)[0].get_textpage().get_text_bounded()
    assert "R-" in page


def test_letter_when_the_server_is_away_or_refuses_then_says_so(loop: BankLoop) -> None:
    message = _noted(loop)[0]

    away = _deliver(loop, message, KeptLetters(OperationalError("mail_unavailable", "Later.")))
    refused = _deliver(loop, message, KeptLetters(InputError("mail_refused", "Never.")))
    unknown = _deliver(loop, replace(message, payload=message.payload | {"end_to_end_id": "X"}), KeptLetters())
    other = _deliver(loop, replace(message, payload={"subject": "sale"}), KeptLetters())

    assert [one.answer for one in (away, refused, unknown, other)] == [
        Answer.AWAY,
        Answer.IMPOSSIBLE,
        Answer.IMPOSSIBLE,
        Answer.REFUSED,
    ]


def test_pdf_of_many_invoices_then_has_pages_and_is_the_same_each_time() -> None:
    lines = tuple(f"R-{number} (Größe)" for number in range(LINES_OF_PAGE * 2 + 1))

    first, again = (PdfAdvice().pdf(title="Avis (1)", lines=lines) for _ in range(2))

    assert first == again
    pages = pypdfium2.PdfDocument(first)
    assert len(pages) == 3
    assert "R-0 (Größe)" in pages[0].get_textpage().get_text_bounded()
