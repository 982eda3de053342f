"""Every text for people stands in every language, with the same placeholders; none is missing, none lies idle."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from gateway.domain.access import API_KEY_SCOPES, Role
from gateway.domain.cards.payment import AttemptState, Evidence
from gateway.domain.cards.refund import RefundState, RefundWay
from gateway.domain.money import Currency, Money
from gateway.domain.outbox import OutboxState
from gateway.domain.payables.bank_status import STATUSES, ReasonClass
from gateway.domain.payables.bank_task import TaskKind
from gateway.domain.payables.payment_order import OrderState, PayeeCheck
from gateway.web import screens
from gateway.web.words import Words, choose_language, load_words, placeholders
from terminal_driver.protocols import ProtocolName
from terminal_driver.virtual.printer_faults import PrinterFault
from terminal_driver.virtual.scenarios import SCENARIOS

WEB = Path(screens.__file__).parent
EUR = Currency.of("EUR")
TABLES = load_words()
ENGLISH = TABLES["en"]

# Groups whose keys are put together from a code; the test below names the codes.
_BY_CODE = (
    "progress.",
    "reason.",
    "refund_reason.",
    "refund_journal.",
    "result.",
    "said.",
    "error.",
    "hint.",
    "journal.",
    "scenario.",
    "scenario_about.",
    "fault.",
    "protocol.",
    "hold_journal.",
    "held_silent.",
    "hold_reason.",
    "day_reason.",
    "bank_event.",
    "bank_reason.",
    "lines_defect.",
    "lines_figure.",
    "lines_kind.",
    "lines_reason.",
    "lines_source.",
)


def test_all_languages_have_the_same_keys_and_placeholders() -> None:
    for table in TABLES.values():
        assert set(table.table) == set(ENGLISH.table), table.language
        for key, text in table.table.items():
            assert placeholders(text) == placeholders(ENGLISH.table[key]), (table.language, key)
            assert text.strip() or key.startswith("format."), (table.language, key)


def test_every_code_that_screens_put_into_a_key_has_its_text() -> None:
    expected = {
        *(f"state.{state}" for state in AttemptState),
        *(f"outcome.{state}" for state in AttemptState),
        *(f"outcome.says_{state}" for state in AttemptState),
        *(f"evidence.{evidence}" for evidence in Evidence),
        *(f"refund_state.{state}" for state in RefundState),
        *(f"refund.{kind}_{state}" for kind in ("is", "says") for state in RefundState),
        *(f"refund.way_{way}" for way in RefundWay),
        *(f"delivery.{state}" for state in OutboxState),
        *(f"role.{role}" for role in Role),
        *(f"scope.{scope}" for scope in API_KEY_SCOPES),
        *(f"area.{area.name}" for area in screens.AREAS),
        *(f"scenario.{name}" for name in SCENARIOS),
        *(f"scenario_about.{name}" for name in SCENARIOS),
        *(f"fault.{fault}" for fault in PrinterFault),
        "fault.none",
        *(f"protocol.{name}" for name in ProtocolName),
        *(f"bank_event.{code}" for code in STATUSES),
        *(f"bank.do_{kind}" for kind in (*ReasonClass, *TaskKind)),
        *(f"bank.task_{kind}" for kind in TaskKind),
        *(f"bank.state_{state}" for state in OrderState),
        *(f"bank.check_{check.value}" for check in PayeeCheck),
    }

    assert expected <= set(ENGLISH.table)


def test_every_text_a_template_or_script_names_is_there_and_none_lies_idle() -> None:
    sources = [path.read_text("utf-8") for folder in ("templates", "static") for path in _sources(WEB / folder)]
    sources += [path.read_text("utf-8") for path in WEB.rglob("*.py")]
    text = "\n".join(sources)
    named = set(re.findall(r"""(?:\bt|text|words|count)\(\s*["']([a-z_]+(?:\.[a-z_0-9]+)+)["']""", text))
    begun = tuple(re.findall(r"""["']([a-z_]+\.[a-z_]*)["'] ?~""", text))
    begun += tuple(re.findall(r'f"([a-z_]+\.[a-z_]*)\{', text)) + tuple(re.findall(r"`([a-z_]+\.[a-z_]*)\$\{", text))

    whole = {key for key in named if not key.endswith("_")}
    missing = {key for key in whole if key not in ENGLISH.table and f"{key}.one" not in ENGLISH.table}
    idle = {
        key
        for key in ENGLISH.table
        if key not in text
        and not key.startswith((*begun, *_BY_CODE))
        and key.removesuffix(".one").removesuffix(".other") not in text
    }
    assert missing == set()
    assert idle == set()


def _sources(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.suffix in {".html", ".js"} and "vendor" not in path.parts]


@pytest.mark.parametrize(
    ("language", "minor", "expected"),
    [
        ("en", 2340, "23.40"),
        ("de", 2340, "23,40"),
        ("en", 123_456_789, "1,234,567.89"),
        ("de", 123_456_789, "1.234.567,89"),
        ("en", 0, "0.00"),
        ("en", -5, "−0.05"),
    ],
)
def test_amounts_are_written_as_the_language_does(language: str, minor: int, expected: str) -> None:
    assert TABLES[language].figure(Money(minor, EUR)) == expected


def test_amount_without_decimals_has_no_separator() -> None:
    assert ENGLISH.figure(Money(1234, Currency.of("JPY"))) == "1,234"
    assert ENGLISH.money(Money(1234, Currency.of("JPY"))) == "JPY\N{NO-BREAK SPACE}1,234"


@pytest.mark.parametrize(("quantity", "expected"), [("2", "2"), ("2.000", "2"), ("0.350", "0,35"), ("100", "100")])
def test_quantity_is_written_without_idle_zeros(quantity: str, expected: str) -> None:
    assert TABLES["de"].quantity(Decimal(quantity)) == expected


def test_day_follows_the_language() -> None:
    when = datetime(2026, 3, 2, 9, 5, 7, tzinfo=UTC)

    assert (ENGLISH.day(when), TABLES["de"].day(when), ENGLISH.time(when)) == ("2026-03-02", "02.03.2026", "09:05:07")


@pytest.mark.parametrize(
    ("wanted", "accepted", "expected"),
    [
        (None, ["de-AT", "en"], "de"),
        ("en", ["de"], "en"),
        ("fr", ["fr-FR", "de"], "de"),
        (None, ["fr"], "en"),
        ("../../etc", [], "en"),
        (None, [], "en"),
    ],
)
def test_language_is_the_persons_choice_then_the_browsers(
    wanted: str | None, accepted: list[str], expected: str
) -> None:
    assert choose_language(wanted, accepted, TABLES) == expected


def test_code_without_a_text_keeps_its_original_words() -> None:
    assert ENGLISH.translated("reason", "declined_99", "refused by the host") == "refused by the host"
    assert ENGLISH.translated("reason", "declined_99", None) == "declined 99"
    assert ENGLISH.translated("reason", None, None) == ""


def test_missing_text_is_a_loud_mistake() -> None:
    with pytest.raises(KeyError):
        ENGLISH("no.such.text")
    with pytest.raises(KeyError):
        replace(ENGLISH, table={"a": "{name}"})("a", other="x")


def test_plural_is_chosen_by_number() -> None:
    words = Words("xx", {"apples.one": "{n} apple", "apples.other": "{n} apples"})

    assert [words.count("apples", number) for number in (0, 1, 2)] == ["0 apples", "1 apple", "2 apples"]


@pytest.mark.parametrize(
    ("price", "expected"),
    [("16.5", "16,50"), ("16.50", "16,50"), ("0.0125", "0,0125"), ("3", "3,00"), ("-1.1", "-1,10"), ("1E+1", "10,00")],
)
def test_price_has_two_places_at_least(price: str, expected: str) -> None:
    assert TABLES["de"].price(Decimal(price)) == expected


def test_unit_is_a_sign_and_pieces_have_none() -> None:
    words = ENGLISH

    assert [words.unit(code) for code in ("KGM", "C62", "ltr", "box", "")] == ["kg", "", "l", "box", ""]
