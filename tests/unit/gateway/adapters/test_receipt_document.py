"""What a receipt says reaches the paper whole, and nothing in it reaches the printer as a command (W5)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.adapters.printer import PaperRenderer, encode_receipt
from gateway.adapters.receipt_document import WORDS, document_of
from gateway.domain.cards.card_receipt import Receipt, ReceiptCopy, ShopFace, card_words
from gateway.domain.cards.payment import EftLine, TerminalResult
from gateway.domain.money import Currency, Money
from gateway.domain.sales.sale import SaleLine
from terminal_driver.printer.document import Verbatim
from terminal_driver.printer.profile import PAPER_80_MM

EUR = Currency.of("EUR")
PLAIN = Receipt(
    copy=ReceiptCopy.CUSTOMER,
    duplicate=False,
    shop=ShopFace("Shop", ("Street 1",), "DE1", "en"),
    register_name="Till 1",
    number="C0FFEE01",
    local_time=datetime(2026, 3, 2, 12, 30, tzinfo=UTC),
    lines=(SaleLine("Coffee", Decimal(2), Money(190, EUR), Money(380, EUR)),),
    total=Money(380, EUR),
    paid=True,
    status_words="Paid by card",
    card_words="Visa ..1111",
    eft_lines=(EftLine("approved", centred=True),),
    trace_id="01950000000070008000",
)
# Drawer kick, cut, raster image, select code page, reset, status request, and what could end a line or hide text.
ATTACKS = (
    "\x1bp\x00\x19\xfa",
    "\x1dV\x00",
    "\x1dv0\x00\x10\x00\xff\xff",
    "\x1bt\x10",
    "\x1b@",
    "\x10\x04\x01",
    "\x10\x14\x01\x00\x01",
    "a\nb\rc\td\x0c",
    "\u202eevil\u2066",
    "\x00\x7f\x80\x9b",
    "\ud800",
)


def _hostile(text: str) -> Receipt:
    return replace(
        PLAIN,
        shop=ShopFace(f"Shop{text}", (f"Street{text}",), f"DE{text}", "en"),
        register_name=f"Till{text}",
        lines=(SaleLine(f"Coffee{text}", Decimal(2), Money(190, EUR), Money(380, EUR)),),
        card_words=f"Visa{text}",
        eft_lines=(EftLine(f"approved{text}", centred=True),),
    )


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("encoder")


def _commands(data: bytes) -> list[bytes]:
    """Return every byte that begins or carries a command."""
    return [bytes([byte]) for byte in data if byte < 0x20 and byte != 0x0A]


@pytest.mark.parametrize("attack", ATTACKS)
def test_hostile_text_then_no_command_more_than_in_a_plain_receipt(attack: str, cache: Path) -> None:
    harmless = "".join(sign if sign.isalnum() else " " for sign in attack if sign.isprintable())

    data = encode_receipt(_hostile(attack), PAPER_80_MM, cache)

    # A visible remainder may switch a code page where a plain one does; nothing else may differ.
    assert data.count(b"\x1bp") == 0
    assert data.count(b"\x1dV") == encode_receipt(_hostile(harmless), PAPER_80_MM, cache).count(b"\x1dV") == 1
    assert b"\x10\x04" not in data
    assert b"\x10\x14" not in data
    assert data.count(b"\x1b@") == encode_receipt(PLAIN, PAPER_80_MM, cache).count(b"\x1b@")
    assert b"\x1dv0" not in data


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(st.characters(max_codepoint=0xA0), max_size=30))
def test_control_characters_never_add_a_command_byte(text: str, cache: Path) -> None:
    visible = "".join(sign for sign in text if 0x20 <= ord(sign) < 0x7F)
    ascii_only = "".join(sign for sign in text if ord(sign) < 0x80)

    hostile = encode_receipt(_hostile(ascii_only), PAPER_80_MM, cache)

    assert sorted(set(_commands(hostile))) == sorted(
        set(_commands(encode_receipt(_hostile(visible), PAPER_80_MM, cache)))
    )


def test_every_part_of_a_receipt_is_on_the_paper(cache: Path) -> None:
    paper = PaperRenderer(PAPER_80_MM, cache).text(PLAIN)

    for words in ("Shop", "Street 1", "DE1", "Till 1", "C0FFEE01", "2026-03-02", "12:30:00", "Coffee", "2 x 1.90"):
        assert words in paper
    for words in ("3.80", "EUR 3.80", "Paid by card", "Visa ..1111", "approved", "01950000000070008000", "Thank you"):
        assert words in paper


def test_picture_of_a_receipt_is_a_png(cache: Path) -> None:
    assert PaperRenderer(PAPER_80_MM, cache).png(PLAIN).startswith(b"\x89PNG")


def test_lines_of_the_terminal_are_never_altered() -> None:
    document = document_of(replace(PLAIN, eft_lines=(EftLine("  A   B "), EftLine("mid", centred=True))))

    [verbatim] = [element for element in document.elements if isinstance(element, Verbatim)]
    assert verbatim.lines == ("  A   B ", "mid")
    assert [str(align) for align in verbatim.aligns] == ["left", "centre"]


@pytest.mark.parametrize("language", sorted(WORDS))
def test_every_language_has_every_word_and_marks_a_copy(language: str) -> None:
    assert set(WORDS[language]) == set(WORDS["en"])

    document = document_of(replace(PLAIN, duplicate=True, shop=replace(PLAIN.shop, language=language)))

    assert document.copy_mark == WORDS[language]["copy"]
    assert document_of(PLAIN).copy_mark is None


def test_unknown_language_then_english() -> None:
    document = document_of(replace(PLAIN, duplicate=True, shop=replace(PLAIN.shop, language="xx")))

    assert document.copy_mark == "COPY"


@pytest.mark.parametrize(
    ("name", "masked", "words"),
    [
        ("Visa", "411111******1111", "Visa ..1111"),
        (None, "411111******1111", "..1111"),
        ("Visa", None, "Visa"),
        (None, None, ""),
        ("Visa", "4111************", "Visa"),
        ("girocard 672590*********0001", "672590*********0001", "girocard ***************0001 ..0001"),
        ("Visa", "12", "Visa ..12"),
    ],
)
def test_card_in_words_shows_no_more_than_four_digits(name: str | None, masked: str | None, words: str) -> None:
    assert card_words(TerminalResult(card_name=name, card_masked=masked)) == words
