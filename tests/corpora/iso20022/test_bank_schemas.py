"""Everything the writer can produce, against the public schemas; every bank sample, against what is known of it.

Schemas and samples lie outside the project: ``TILLBRIDGE_CORPUS`` names their folder, default ``../shared/data``.
"""

import itertools
import json
import os
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.formats.bank_profiles import AddressForm, BankProfile, BankProfiles, BicUse, Characters
from connectors.formats.camt import read_camt
from connectors.formats.camt_report import report_of
from connectors.formats.nacha_reader import read_nacha_file
from connectors.formats.order_checks import Days
from connectors.formats.pain001 import write_pain001
from connectors.formats.pain001_reader import read_pain001
from connectors.formats.rules import problems
from gateway.adapters.bank_files import BankMessages
from gateway.domain.errors import InputError
from gateway.domain.payables.payment_order import BankAccount, Instrument, PaymentOrder
from gateway.domain.payables.supplier import PostalAddress
from tests.support.bank_file_cases import FILE_CASES
from tests.support.bank_orders import (
    CREATED_AT,
    EURO_ACCOUNT,
    PAY_ON,
    SWISS_ACCOUNT,
    SWISS_IBAN,
    TODAY,
    cross_border,
    money,
    order,
    payee,
    swiss,
)

_ROOT = Path(__file__).resolve().parents[3]
_FOLDER = Path(os.environ.get("TILLBRIDGE_CORPUS", _ROOT / ".." / "shared" / "data"))
_SCHEMAS = _FOLDER / "iso20022" / "xsd"
_STATEMENTS = _FOLDER / "statements"
_SAMPLES_EXPECTED = 59
_SCHEMAS_EXPECTED = 37
pytestmark = [
    pytest.mark.corpus,
    pytest.mark.skipif(
        not _SCHEMAS.is_dir(),
        reason=f"{_SCHEMAS_EXPECTED} schemas and {_SAMPLES_EXPECTED} samples are not here: set TILLBRIDGE_CORPUS",
    ),
]
_NAME = st.text(
    st.characters(min_codepoint=32, max_codepoint=0x17F, exclude_categories=("Cc", "Cf")), min_size=1, max_size=40
)


def _manifest() -> list[dict[str, Any]]:
    path = _STATEMENTS / "manifest.json"
    if not path.is_file():
        return []
    samples = json.loads(path.read_text(encoding="utf-8"))
    return [sample for sample in samples if sample["file"].partition("/")[0] in {"ach", "camt", "pain001", "pain002"}]


_SAMPLES = _manifest()


def _of(folder: str) -> list[Any]:
    return [pytest.param(sample, id=sample["file"]) for sample in _SAMPLES if sample["file"].startswith(f"{folder}/")]


def _content(sample: dict[str, Any]) -> bytes:
    content: bytes = (_STATEMENTS / str(sample["file"])).read_bytes()
    return content


@cache
def _schema(name: str) -> Any:
    from lxml import etree

    return etree.XMLSchema(etree.parse(_SCHEMAS / f"{name}.xsd"))


def _faults(content: bytes, name: str) -> list[str]:
    """Return what a schema says against a file."""
    from lxml import etree

    schema = _schema(name)
    schema.validate(etree.fromstring(content))
    return [str(entry.message) for entry in schema.error_log]


def _schemas_of(profile: BankProfile) -> list[str]:
    swiss_too = Instrument.SWISS in profile.instruments
    return [profile.format, *(["pain.001.001.09.ch.03"] if swiss_too else [])]


def _check(profile: BankProfile, account: BankAccount, orders: list[PaymentOrder]) -> None:
    """Write orders the rules pass; the file must be valid and read back equal."""
    assert problems(profile, account, orders, days=Days(TODAY, lambda _: False)) == ()
    content = write_pain001(profile, "RUN7", CREATED_AT, account, orders)
    for name in _schemas_of(profile):
        assert _faults(content, name) == []
    read = read_pain001(content)
    assert read.defects == ()
    told = [(item.end_to_end_id, item.amount, item.account) for item in read.payments]
    expected = [(item.end_to_end_id, item.amount, item.payee.iban or item.payee.other_id) for item in orders]
    assert sorted(told, key=lambda item: item[0]) == sorted(expected, key=lambda item: item[0])


@pytest.mark.parametrize("case", sorted(FILE_CASES))
def test_golden_case_when_written_then_its_schema_takes_it(case: str) -> None:
    account, orders = FILE_CASES[case]

    _check(BankProfiles().named(account.profile), account, orders)


def test_every_variant_when_written_then_its_schema_takes_it() -> None:
    """Every version with every form of address, use of BIC, kind of character and choice of the profile."""
    address = PostalAddress("Rue de l'Été", "12 bis", "75001", "Paris", "FR")
    variants = itertools.product(
        ("pain.001.001.03", "pain.001.001.09"), AddressForm, BicUse, Characters, (True, False), ("", "BNPAFRPP")
    )
    written = 0
    for version, form, use, characters, flag, bic in variants:
        profile = replace(
            BankProfiles().named("international"), format=version, address=form, bic=use, characters=characters,
            batch_booking=flag, payee_address=flag, account_currency=flag, lead_days=0,
        )  # fmt: skip
        if use is BicUse.REQUIRED and not bic:
            continue
        uetr = "3f2b8c1e-0000-4000-8000-000000000000"
        orders = [
            order(1, payee=payee(bic=bic, address=address), uetr=uetr, purpose="SUPP", ultimate_debtor="Süd & Co"),
            order(2, payee=payee(bic=bic), reference="RF18539007547034", instrument=Instrument.SEPA_INSTANT),
            order(3, payee=payee(bic=bic), text=""),
            cross_border(4, charges="DEBT"),
            cross_border(5, payee=replace(cross_border().payee, bic="CHASUS33", account_type="SVGS")),
        ]
        account = replace(EURO_ACCOUNT, initiating_id="SENDER1" if flag else "", bic="" if flag else "COBADEFF")
        _check(profile, replace(account, address=address if flag else PostalAddress()), orders)
        written += 1
    assert written == 112


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_any_orders_when_the_rules_pass_them_then_the_schema_takes_the_file(data: st.DataObject) -> None:
    """What people may type, in every profile: rules and schema agree, sums are right, all reads back equal."""
    name = data.draw(
        st.sampled_from(["sepa", "sepa_v03", "sepa_hybrid", "international", "international_v03", "swiss"])
    )
    profile = BankProfiles().named(name)
    account = replace(SWISS_ACCOUNT if name == "swiss" else EURO_ACCOUNT, profile=name)
    orders = [_any_order(data, number, profile) for number in range(1, data.draw(st.integers(1, 4)) + 1)]
    days = Days(TODAY, lambda _: False)
    passed = [item for item in orders if not problems(profile, account, [item], days=days)]

    if passed:
        _check(profile, account, passed)


def _any_order(data: st.DataObject, number: int, profile: BankProfile) -> PaymentOrder:
    instrument = data.draw(st.sampled_from(sorted(profile.instruments)))
    maker = {Instrument.CROSS_BORDER: cross_border, Instrument.SWISS: swiss}.get(instrument, order)
    plain = maker(number, instrument=instrument)
    address = data.draw(
        st.sampled_from([plain.payee.address, PostalAddress()])
        | st.builds(PostalAddress, _NAME, _NAME, _NAME, _NAME, st.sampled_from(["DE", "US", "x", ""]))
    )
    to = replace(
        plain.payee,
        name=data.draw(_NAME),
        language=data.draw(st.sampled_from(["de", "fr", "da", "tr"])),
        bic=data.draw(st.sampled_from(["", "CHASUS33", "CHASUS33XXX"])),
        country=data.draw(st.sampled_from([plain.payee.country, plain.payee.country, "", "usa"])),
        account_type=data.draw(st.sampled_from(["", "SVGS", "x"])),
        clearing_member=data.draw(st.sampled_from([plain.payee.clearing_member, "12 3", ""])),
        bank_name=data.draw(st.just(plain.payee.bank_name) | _NAME),
        address=address,
        iban=data.draw(st.sampled_from([plain.payee.iban, SWISS_IBAN])) if plain.payee.iban else "",
    )
    return replace(
        plain,
        payee=to,
        amount=money(data.draw(st.integers(-1, 10**11)), plain.amount.currency.code),
        execute_on=data.draw(st.dates(PAY_ON, date(2026, 12, 23))),
        reference=data.draw(st.sampled_from([plain.reference, "", "RF18539007547034"])),
        text=data.draw(st.just("") | _NAME),
        purpose=data.draw(st.sampled_from(["", "SUPP"])),
        ultimate_debtor=data.draw(st.just("") | _NAME),
    )


@pytest.mark.parametrize("sample", _of("camt"))
def test_account_message_when_read_then_it_says_what_is_known_of_it(sample: dict[str, Any]) -> None:
    message = read_camt(_content(sample))

    known = sample["statements"]
    assert [statement.id for statement in message.statements] == [item["id"] for item in known]
    for statement, item in zip(message.statements, known, strict=True):
        assert statement.account == item["account"]
        assert len(statement.entries) == item["entries"]
        assert sum(len(entry.details) for entry in statement.entries) == item["transaction_details"]
        assert sum(entry.reversal for entry in statement.entries) == item["reversal_entries"]
        amounts = [Decimal(entry.amount.to_decimal()) for entry in statement.entries]
        assert sum(amount for amount in amounts if amount > 0) == Decimal(item["credit_sum"])
        assert -sum(amount for amount in amounts if amount < 0) == Decimal(item["debit_sum"])
        kinds = {kind: [Decimal(text) for text in texts] for kind, texts in item["balance_types"].items()}
        own = {kind: [Decimal(b.amount.to_decimal()) for b in statement.balances if b.kind == kind] for kind in kinds}
        assert own == kinds
        unequal = [text for text in statement.defects if "opening balance" in text or "mixes" in text]
        assert bool(unequal) == (item.get("balances_add_up") is False)


@pytest.mark.parametrize("sample", _of("camt"))
def test_account_message_when_told_as_payments_then_lines_add_up_to_entries(sample: dict[str, Any]) -> None:
    message = read_camt(_content(sample))

    report = report_of(message)

    entries = sum(entry.amount.minor for statement in message.statements for entry in statement.entries)
    charges = sum(line.charges.minor for line in report.entries if line.charges is not None)
    assert sum(line.amount.minor for line in report.entries) + charges == entries


@pytest.mark.parametrize("sample", _of("pain002"))
def test_status_report_when_read_then_every_status_is_told(sample: dict[str, Any]) -> None:
    report = BankMessages().read(_content(sample), sample["file"])

    by_level = {"group_status": [], "payment_status": [], "transaction_status": []}  # type: dict[str, list[str]]
    for status in report.statuses:
        level = (
            "transaction_status" if status.end_to_end_id else "payment_status" if status.block_id else "group_status"
        )
        by_level[level].append(status.status)
    assert by_level == {level: sample[level] for level in by_level}
    assert [s.reason_code for s in report.statuses if s.reason_code] == sample["reasons"]
    named = {status.message_id for status in report.statuses} - {""}
    assert named == set(sample["original_msg_id"])


@pytest.mark.parametrize("sample", _of("ach"))
def test_ach_file_when_read_then_totals_and_codes_are_those_known(sample: dict[str, Any]) -> None:
    if "invalid" in sample["file"]:
        with pytest.raises(InputError):
            read_nacha_file(_content(sample))
        return

    file = read_nacha_file(_content(sample))

    assert len(file.entries) == sample["entries"]
    assert sorted({e.reason for e in file.entries if e.reason.startswith("R")}) == sorted(set(sample["return_codes"]))
    assert sorted({e.reason for e in file.entries if e.reason.startswith("C")}) == sorted(set(sample["change_codes"]))
    if sample.get("totals_agree"):
        assert sum(e.amount_minor for e in file.entries if e.credit) == sample["credit_sum_cents"]
        assert sum(e.amount_minor for e in file.entries if not e.credit) == sample["debit_sum_cents"]


@pytest.mark.parametrize("sample", _of("pain001"))
def test_credit_transfer_when_read_then_count_and_sum_are_those_known(sample: dict[str, Any]) -> None:
    read = read_pain001(_content(sample))

    assert [read.message_id] == sample["msg_id"]
    assert len(read.payments) == sample["number_of_transactions"]
    assert len(read.blocks) == sample["payment_blocks"]
    assert sum(Decimal(item.amount.to_decimal()) for item in read.payments) == Decimal(sample["sum"])


def test_samples_when_counted_then_none_is_missing() -> None:
    assert len(_SAMPLES) == _SAMPLES_EXPECTED


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_sample_when_damaged_then_it_is_read_or_refused(data: st.DataObject) -> None:
    """Cut, flipped and repeated bytes: the only way out is our own error."""
    sample = data.draw(st.sampled_from(_SAMPLES))
    content = bytearray(_content(sample))
    start = data.draw(st.integers(0, len(content) - 1))
    match data.draw(st.sampled_from(["cut", "flip", "repeat", "drop"])):
        case "cut":
            del content[start:]
        case "flip":
            content[start] ^= 1 << data.draw(st.integers(0, 7))
        case "repeat":
            content[start:start] = content[start : start + data.draw(st.integers(1, 200))]
        case _:
            del content[start : start + data.draw(st.integers(1, 200))]

    assert _code_of(bytes(content), sample["file"]) in {"", "bank_message_unreadable"}


def _code_of(content: bytes, name: str) -> str:
    """Return the code of the refusal, empty when the message could be read."""
    try:
        if name.startswith("pain001/"):
            read_pain001(content)
        else:
            BankMessages().read(content, name)
    except InputError as error:
        return error.code
    return ""


def test_schemas_when_counted_then_none_is_missing() -> None:
    assert len(list(_SCHEMAS.glob("*.xsd"))) == _SCHEMAS_EXPECTED
