"""Bank files and messages behind their ports."""

from dataclasses import replace
from datetime import date, time

import pytest

from connectors.formats.bank_profiles import BankProfiles
from gateway.adapters.bank_files import BankMessages, ProfiledBankFiles
from gateway.domain.errors import ConfigurationError, InputError
from gateway.domain.payables.payment_order import Instrument
from gateway.ports.bank_files import BankFileWriter, BankMessageReader, FileWish
from tests.support.bank_orders import CREATED_AT, DOLLAR_ACCOUNT, EURO_ACCOUNT, TODAY, ach, money, order

_FILES: BankFileWriter = ProfiledBankFiles(BankProfiles())
_MESSAGES: BankMessageReader = BankMessages()


def _wish(**changes: object) -> FileWish:
    plain = FileWish("RUN7", CREATED_AT, EURO_ACCOUNT, "pain.001.001.09", (order(1), order(2)))
    return replace(plain, **changes)  # type: ignore[arg-type]  # a test names the fields


def test_wish_when_written_twice_then_the_bytes_are_the_same() -> None:
    assert _FILES.write(_wish()) == ProfiledBankFiles(BankProfiles()).write(_wish())


def test_terms_when_asked_then_they_are_those_of_the_profile() -> None:
    terms = _FILES.terms(EURO_ACCOUNT)

    assert (terms.cut_off, terms.calendar, terms.days_ahead) == (time(15), "TARGET2", 90)
    assert terms.instruments == {Instrument.SEPA, Instrument.SEPA_INSTANT}


def test_profile_when_there_is_none_then_the_operator_has_to_act() -> None:
    with pytest.raises(ConfigurationError) as caught:
        _FILES.terms(replace(EURO_ACCOUNT, profile="nowhere"))

    assert caught.value.code == "bank_profile_unknown"


@pytest.mark.parametrize(
    "changes",
    [
        {"orders": ()},
        {"orders": (order(1, amount=money(0)),)},
        {"orders": (order(1), order(1))},
        {"format": "pain.001.001.03"},
        {"message_id": "A//B"},
        {"message_id": "x" * 36},
        {"account": replace(EURO_ACCOUNT, iban="DE00")},
    ],
)
def test_wish_when_the_rules_refuse_it_then_nothing_is_written(changes: dict[str, object]) -> None:
    with pytest.raises(InputError) as caught:
        _FILES.write(_wish(**changes))

    assert caught.value.code == "order_not_writable"


def test_refusal_when_an_account_is_wrong_then_its_number_is_not_told() -> None:
    wrong = order(1, payee=replace(order(1).payee, iban="FR1420041010050500013M02607"))

    with pytest.raises(InputError) as caught:
        _FILES.write(_wish(orders=(wrong,)))

    assert "050500013" not in caught.value.message + caught.value.hint


def test_calendar_when_many_orders_share_a_day_then_it_is_asked_once() -> None:
    asked: list[date] = []

    def closed(day: date) -> bool:
        asked.append(day)
        return False

    found = _FILES.problems(EURO_ACCOUNT, [order(1), order(2), order(3)], today=TODAY, closed=closed)

    assert found == ()
    assert asked == [order(1).execute_on]


def test_blocks_when_asked_then_both_formats_answer() -> None:
    assert [name for name, _ in _FILES.blocks_of(_wish())] == ["RUN7-001"]
    wish = _wish(account=DOLLAR_ACCOUNT, format="nacha", orders=(ach(1),))
    assert [name for name, _ in _FILES.blocks_of(wish)] == ["0000001"]
    assert _FILES.write(wish).startswith(b"101")


def test_text_when_shown_then_it_is_as_the_bank_gets_it() -> None:
    assert _FILES.as_written(EURO_ACCOUNT, "Grüße & Küsse", "de") == "Gruesse und Kuesse"
    assert _FILES.as_written(replace(EURO_ACCOUNT, profile="swiss"), "Grüße & Küsse", "de") == "Grüße & Küsse"


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"<Document><CstmrPmtStsRpt><OrgnlGrpInfAndSts/></CstmrPmtStsRpt></Document>", "pain.002"),
        (b"<Document><BkToCstmrStmt/></Document>", "camt.053"),
        (b"<?xml version='1.0'?><x:Document xmlns:x='u'><x:BkToCstmrDbtCdtNtfctn/></x:Document>", "camt.054"),
        ("\ufeff<Document><BkToCstmrAcctRptV01 /></Document>".encode("utf-16-le"), "camt.052"),
        (b"5200CoinLion                            123456789 WEBTRANSFER        000101   1091000010000001\n", "nacha"),
    ],
)
def test_message_when_read_then_its_content_tells_its_kind(content: bytes, kind: str) -> None:
    assert _MESSAGES.read(content, "whatever.txt").kind == kind


@pytest.mark.parametrize("content", [b"", b"<html></html>", b"PK\x03\x04", b"1", b"<Document><BkToCstmrStmt>"])
def test_message_when_it_is_something_else_then_it_is_refused(content: bytes) -> None:
    with pytest.raises(InputError) as caught:
        _MESSAGES.read(content, "whatever.txt")

    assert caught.value.code == "bank_message_unreadable"
