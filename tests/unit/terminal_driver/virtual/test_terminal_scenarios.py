from datetime import UTC, datetime

import pytest

from terminal_driver.card_data import is_card_number
from terminal_driver.outcome import ReceiptKind
from terminal_driver.virtual.cards import CARDS, card_named
from terminal_driver.virtual.journal import JournalEntry
from terminal_driver.virtual.line_shaper import shaper_for
from terminal_driver.virtual.receipts import COLUMNS, amount_text, approved_receipts, declined_receipts
from terminal_driver.virtual.sale_run import DISPLAY_COLUMNS, two_lines
from terminal_driver.virtual.scenarios import SCENARIOS, LineShape, from_name
from terminal_driver.virtual.steps import (
    Abort,
    AwaitCard,
    AwaitPin,
    AwaitRelease,
    Book,
    Complete,
    CutLine,
    CutLineAtNextAnswer,
    Ended,
    Mute,
    SendResult,
    Step,
)
from terminal_driver.zvt.status_codes import Language

ENTRY = JournalEntry(
    41, 500, 900, 123456, "978", datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC), "sale", "411111******1111", "Visa", 10
)


def _steps(name: str, answers: dict[type, Ended]) -> list[Step]:
    """Run a scenario's program, answering each kind of step as told, until it or the line ends."""
    program = from_name(name).program()
    steps = [next(program)]
    while not isinstance(steps[-1], CutLine | Mute):
        try:
            steps.append(program.send(answers.get(type(steps[-1]), Ended.DONE)))
        except StopIteration:
            break
    return steps


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_scenario_is_found_by_its_name_and_ends(name: str) -> None:
    steps = _steps(name, {})

    assert from_name(name).name == name
    assert from_name(name).summary
    assert isinstance(steps[-1], Complete | Abort | CutLine | Mute) or any(
        isinstance(step, CutLineAtNextAnswer) for step in steps
    )


@pytest.mark.parametrize("name", SCENARIOS)
@pytest.mark.parametrize("wait", [AwaitCard, AwaitPin])
def test_sale_stopped_while_waiting_is_never_booked(name: str, wait: type) -> None:
    if not any(isinstance(step, wait) for step in _steps(name, {})):
        return

    steps = _steps(name, {wait: Ended.CANCELLED})

    assert not any(isinstance(step, Book | SendResult | Complete) for step in steps)
    assert isinstance(steps[-1], Abort)


@pytest.mark.parametrize("name", SCENARIOS)
def test_booking_the_register_refuses_is_never_completed(name: str) -> None:
    steps = _steps(name, {SendResult: Ended.REFUSED})

    if any(isinstance(step, SendResult) for step in steps):
        assert not any(isinstance(step, Complete) for step in steps)


@pytest.mark.parametrize("name", SCENARIOS)
def test_result_is_reported_only_after_the_booking(name: str) -> None:
    kinds = [type(step) for step in _steps(name, {})]

    if SendResult in kinds:
        assert kinds.index(Book) < kinds.index(SendResult)
    if AwaitRelease in kinds:
        assert kinds.index(Book) < kinds.index(AwaitRelease)


def test_unknown_scenario_and_card_name_what_there_is() -> None:
    with pytest.raises(ValueError, match="approve"):
        from_name("explode")
    with pytest.raises(ValueError, match="girocard"):
        card_named("bitcoin")


def test_cards_are_masked_already() -> None:
    assert all("*" in card.masked and not is_card_number(card.masked) for card in CARDS.values())


def test_split_bytes_join_to_what_was_sent() -> None:
    data = bytes(range(256))

    pieces = shaper_for(LineShape.SPLIT_AND_GLUED)(data)

    assert b"".join(pieces) == data
    assert len(pieces) > 50


def test_each_block_is_damaged_once_and_right_when_repeated() -> None:
    shape = shaper_for(LineShape.FIRST_TRY_CORRUPTED)
    block, other = b"\x10\x02\x80\x00\x00\x10\x03\xf5\x1f", b"\x10\x02\x06\x0f\x00\x10\x03\x00\x00"

    assert shape(b"\x06") == (b"\x06",)
    assert shape(block)[0] != block
    assert shape(block) == (block,)
    assert shape(b"\x06" + other)[0] != b"\x06" + other
    assert shape(other) == (other,)
    assert shape(block)[0] != block


@pytest.mark.parametrize(
    ("amount_minor", "currency", "language", "text"),
    [
        (1234, "978", Language.GERMAN, "EUR 12,34"),
        (5, "978", Language.ENGLISH, "EUR 0.05"),
        (100000, "756", Language.GERMAN, "CHF 1000,00"),
        (500, "392", Language.GERMAN, "JPY 500"),
    ],
)
def test_amount_in_words(amount_minor: int, currency: str, language: Language, text: str) -> None:
    assert amount_text(amount_minor, currency, language) == text


@pytest.mark.parametrize("language", Language)
def test_receipts_fit_the_paper_and_hide_the_number_from_the_customer(language: Language) -> None:
    merchant, customer = approved_receipts(ENTRY, "52500041", language)
    [refused] = declined_receipts("EUR 1,00", card_named("visa"), "52500041", "a very long reason for this", language)

    assert (merchant.kind, customer.kind, refused.kind) == (
        ReceiptKind.MERCHANT,
        ReceiptKind.CUSTOMER,
        ReceiptKind.CUSTOMER,
    )
    for receipt in (merchant, customer, refused):
        assert all(len(line.text) <= COLUMNS for line in receipt.lines)
    texts = ["\n".join(line.text for line in receipt.lines) for receipt in (merchant, customer, refused)]
    assert "411111******1111" in texts[0]
    assert all("411111" not in text and "1111" in text for text in texts[1:])


def test_display_text_is_broken_at_a_blank() -> None:
    long = "Vorgang wird bearbeitet, bitte warten"

    upper, lower = two_lines(long)

    assert f"{upper} {lower}" == long
    assert max(len(upper), len(lower)) <= DISPLAY_COLUMNS
    assert two_lines("Bereit") == ("Bereit", "")
