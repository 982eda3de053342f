"""What only S/4HANA has: short fields, tokens of writes, journals whose log says no, items that are paid in part."""

from __future__ import annotations

import dataclasses
import re
import uuid
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.erp_mapping.described import Refused
from connectors.s4hana.journal import JournalHead, JournalLine, envelope, posted_number
from connectors.s4hana.keys import REFERENCE_LENGTH, day_of, long_key, odata_day, reference, references, short_key
from connectors.sandbox_erp.faults import Fault
from connectors.soap.safe_xml import parse_safely
from gateway.domain.erp.documents import PaidBill, VendorBill
from gateway.domain.erp.failure import Effect, ErpFailure, FailureCode
from gateway.domain.erp.put_result import PutState
from gateway.domain.erp.records import OpenItemRecord, OrderRecord, RecordKind
from gateway.ports.erp import hints_of
from tests.support.erp_documents import bill, entry, payment
from tests.support.erp_model_rigs import MODELS, ModelRig

_FILTERABLE = "{http://www.sap.com/Protocols/SAPData}filterable"
_HEAD = JournalHead(
    str(uuid.UUID(int=1)), "1010", "SA", "USER", date(2026, 1, 2), "EUR", "R", "T", datetime(2026, 1, 2, tzinfo=UTC)
)


@pytest.fixture
def rig() -> Iterator[ModelRig]:
    """A system of its own."""
    with MODELS["s4hana"]() as made:
        yield made


def _bill(rig: ModelRig, seed: int, number: str = "") -> VendorBill:
    made = bill(seed)
    return dataclasses.replace(made, vendor=rig.vendor, number=number or made.number)


@given(st.uuids())
def test_key_when_written_short_then_fits_and_is_read_again(key: uuid.UUID) -> None:
    text = short_key(str(key))

    assert len(text) == 25
    assert long_key(text) == str(key)


@pytest.mark.parametrize("text", ["", "Rent of May", "Z" * 25, "0" * 24])
def test_key_when_the_header_text_is_somebody_elses_then_none(text: str) -> None:
    assert long_key(text) == ""


@given(st.text(min_size=1, max_size=60), st.text(min_size=1, max_size=60))
def test_reference_when_two_numbers_differ_then_so_do_they(first: str, second: str) -> None:
    told = [reference(one) for one in (first, second)]

    assert all(len(one) <= REFERENCE_LENGTH for one in told)
    assert (told[0] == told[1]) == (first.strip().upper() == second.strip().upper())


@given(st.dates())
def test_day_when_written_then_read_again(day: date) -> None:
    assert day_of(odata_day(day)) == day.isoformat()


def test_put_when_numbers_begin_alike_and_are_long_then_both_are_posted_and_found(rig: ModelRig) -> None:
    first, second = (_bill(rig, seed, f"2026-INVOICE-0000{seed}") for seed in (1, 2))

    results = [rig.connector().put(one).state for one in (first, second)]
    by_hand = rig.connector().put(_bill(rig, 3, first.number))

    assert results == [PutState.POSTED, PutState.POSTED]
    assert by_hand.state is PutState.DUPLICATE
    assert {row["SupplierPostingLineItemText"] for row in rig.erp.tables["A_SupplierInvoice"]} == {
        first.number,
        second.number,
    }


def test_put_when_a_person_cut_a_long_number_off_then_it_is_found(rig: ModelRig) -> None:
    document = _bill(rig, 1, "2026-INVOICE-00001")
    rig.connector().put(document)
    row = rig.erp.tables["A_SupplierInvoice"][0]
    row |= {"SupplierInvoiceIDByInvcgParty": references(document.number)[1], "DocumentHeaderText": "by hand"}

    assert rig.connector().put(document).state is PutState.DUPLICATE
    assert len(rig.erp.tables["A_SupplierInvoice"]) == 1


def test_put_when_a_credit_note_with_a_line_below_zero_then_it_balances(rig: ModelRig) -> None:
    made = _bill(rig, 1)
    lines = (
        dataclasses.replace(made.lines[0], net_minor=11_000),
        dataclasses.replace(made.lines[1], quantity=Decimal(-1), net_minor=-1_000),
    )
    document = dataclasses.replace(made, credit_note=True, lines=lines)

    assert rig.connector().put(document).state is PutState.POSTED

    found = rig.connector().find(document.kind, document.key, hints_of(document))
    assert found is not None
    assert found.sums is not None
    assert (found.sums.net_minor, found.sums.gross_minor) == (10_000, 11_900)


def test_put_when_it_was_reversed_there_then_refused_and_not_made_again(rig: ModelRig) -> None:
    document = _bill(rig, 1)
    rig.connector().put(document)
    rig.erp.tables["A_SupplierInvoice"][0]["ReverseDocument"] = "5105600099"

    with pytest.raises(ErpFailure) as failed:
        rig.connector().put(document)

    assert (failed.value.failure, failed.value.effect) == (FailureCode.REFUSED, Effect.NONE)
    assert len(rig.erp.tables["A_SupplierInvoice"]) == 1


def test_put_when_a_bill_is_paid_in_part_then_what_remains_is_told(rig: ModelRig) -> None:
    document = _bill(rig, 1)
    rig.connector().put(document)
    for seed, amount_minor in ((11, 1_900), (12, 10_000)):
        paid = (PaidBill(document.key, document.number, amount_minor),)
        rig.connector().put(dataclasses.replace(payment(seed, amount_minor), vendor=rig.vendor, pays=paid))
        items = rig.connector().fetch(RecordKind.OPEN_ITEM, "", 100).records
        left = {one.document_number: one.remaining_minor for one in items if isinstance(one, OpenItemRecord)}

        assert left.get(document.number, 0) == 11_900 - 1_900 - (amount_minor if seed == 12 else 0)


def test_put_when_the_paid_bill_is_parked_only_then_refused(rig: ModelRig) -> None:
    document = _bill(rig, 1)
    rig.erp.faults.add(Fault.TIMEOUT_BEFORE, "post_bill")
    with pytest.raises(ErpFailure):
        rig.connector().put(document)
    paid = (PaidBill(document.key, document.number, 11_900),)

    with pytest.raises(ErpFailure) as failed:
        rig.connector().put(dataclasses.replace(payment(11), vendor=rig.vendor, pays=paid))

    assert (failed.value.failure, failed.value.effect) == (FailureCode.REFUSED, Effect.NONE)


def test_fetch_when_receipts_were_taken_back_and_lists_are_cut_then_what_is_left(rig: ModelRig) -> None:
    orders = rig.connector().fetch(RecordKind.ORDER, "", 100).records

    assert [one.lines[0].received for one in orders if isinstance(one, OrderRecord)] == [Decimal(7), Decimal(7)]
    # A link of the system leads to the host of the mapping, whatever host it names.
    assert not [one for one in rig.exchanges if "other.invalid" in one.address]


def test_write_when_there_is_a_token_then_it_is_asked_for_once(rig: ModelRig) -> None:
    connector = rig.connector()
    for seed in (1, 2):
        connector.put(_bill(rig, seed))

    assert [one.operation for one in rig.exchanges].count("token") == 2


def test_write_when_the_system_is_locked_then_told_so(rig: ModelRig) -> None:
    rig.erp.locked = True

    with pytest.raises(ErpFailure) as failed:
        rig.connector().put(_bill(rig, 1))

    assert (failed.value.failure, failed.value.effect) == (FailureCode.LOCKED, Effect.NONE)


def test_check_when_a_document_type_is_none_then_named(rig: ModelRig) -> None:
    assert [one.field for one in rig.connector(journals={"entries": "SALES"}).check().findings] == ["journals.entries"]


def test_entry_when_its_period_is_closed_then_the_words_of_the_log(rig: ModelRig) -> None:
    with pytest.raises(ErpFailure) as failed:
        rig.connector().put(dataclasses.replace(entry(1), entry_on=date(2025, 11, 3)))

    assert (failed.value.failure, failed.value.effect) == (FailureCode.PERIOD_CLOSED, Effect.NONE)
    assert "not open" in failed.value.detail


def test_entry_when_posted_then_its_exchange_is_kept_as_xml(rig: ModelRig) -> None:
    rig.connector().put(entry(1))

    (kept,) = (one for one in rig.exchanges if one.operation == "create_journal_entry")

    assert "<GLAccount>1000</GLAccount>" in kept.request
    assert "<AccountingDocument>" in kept.answer


def test_bill_when_sent_then_every_field_stands_in_the_service_description(rig: ModelRig, corpus: Path) -> None:
    """Its names, the letters and digits of its values; and every field that is asked for in a filter or a list."""
    made = _bill(rig, 1, "2026-INVOICE-00001")
    lines = (dataclasses.replace(made.lines[0], order=rig.order, text="Paper " * 20), made.lines[1])
    rig.connector().put(dataclasses.replace(made, vendor=rig.other_vendor, lines=lines, payment_reference="x" * 40))
    rig.connector().fetch(RecordKind.ORDER, "", 10)
    described = _described(corpus / "wsdl" / "sap_s4_API_SUPPLIERINVOICE_PROCESS_SRV_odata2.edmx")

    asked = [request for request, _ in rig.erp.heard if "API_SUPPLIERINVOICE" in request.path]
    (sent,) = (request.body for request in asked if request.path.endswith("/A_SupplierInvoice") and request.body)

    assert _misfits(sent, "A_SupplierInvoiceType", described) == []
    for name, kind in (
        ("to_SuplrInvcItemPurOrdRef", "A_SuplrInvcItemPurOrdRefType"),
        ("to_SupplierInvoiceItemGLAcct", "A_SupplierInvoiceItemGLAcctType"),
        ("to_SupplierInvoiceTax", "A_SupplierInvoiceTaxType"),
    ):
        assert sent[name]
        assert [_misfits(row, kind, described) for row in sent[name]] == [[]] * len(sent[name])
    named = re.findall(r"(\w+) (?:eq|gt) ", " ".join(one.query.get("$filter", "") for one in asked))
    known = {**described["A_SupplierInvoiceType"], **described["A_SuplrInvcItemPurOrdRefType"]}
    assert "DocumentHeaderText" in named
    assert [name for name in named if name not in known or known[name].get(_FILTERABLE) == "false"] == []


def _described(path: Path) -> dict[str, dict[str, Mapping[str, str]]]:
    """Return properties of the types of a service, by type and name."""
    root = parse_safely(path.read_bytes())
    return {
        kind.get("Name"): {one.get("Name"): dict(one.attrib) for one in kind.iterfind("{*}Property")}
        for kind in root.iterfind(".//{*}EntityType")
    }


def _misfits(sent: Mapping[str, object], kind: str, described: dict[str, dict[str, Mapping[str, str]]]) -> list[str]:
    """Return the fields that are not there, or hold more than they can."""
    found = []
    for name, value in sent.items():
        told = described[kind].get(name)
        if told is None:
            found += [] if name.startswith("to_") else [name]
        elif told["Type"] == "Edm.String":
            found += [] if len(str(value)) <= int(told["MaxLength"]) else [name]
        elif told["Type"] == "Edm.Decimal":
            found += [] if -int(Decimal(str(value)).as_tuple().exponent) <= int(told["Scale"]) else [name]
    return found


def test_envelope_when_lines_are_mixed_then_suppliers_come_last_and_it_balances() -> None:
    lines = (
        JournalLine("", debit=True, amount="10.00", text="a & b", creditor="10300001", pays=("51", "2026")),
        JournalLine("1800", debit=False, amount="10.00", text="x" * 60),
    )

    told = parse_safely(envelope(_HEAD, lines)).find(".//JournalEntry")

    items = [one for one in told if one.tag in ("Item", "CreditorItem")]
    assert [one.tag for one in items] == ["Item", "CreditorItem"]
    assert sum(Decimal(one.findtext("AmountInTransactionCurrency")) for one in items) == 0
    assert len(items[0].findtext("DocumentItemText")) == 50


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"<a>",
        b"<a/>",
        b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
        b"<a><AccountingDocument>0000000000</AccountingDocument></a>",
    ],
)
def test_answer_when_it_confirms_nothing_then_unknown(answer: bytes) -> None:
    with pytest.raises(ErpFailure) as failed:
        posted_number(answer)

    assert (failed.value.failure, failed.value.effect) == (FailureCode.ANSWER_NOT_UNDERSTOOD, Effect.UNKNOWN)


def test_answer_when_its_log_has_a_warning_and_an_error_then_the_error_is_told() -> None:
    items = "".join(
        f"<Item><TypeID>{code}</TypeID><SeverityCode>{severity}</SeverityCode><Note>{note}</Note></Item>"
        for code, severity, note in (("001(F5)", 2, "Look"), ("305(F5)", 3, "No such account"))
    )
    answer = f"<a><Log><MaximumLogItemSeverityCode>3</MaximumLogItemSeverityCode>{items}</Log></a>"

    with pytest.raises(Refused) as refused:
        posted_number(answer.encode())

    assert (refused.value.code, refused.value.detail) == ("unknown_account", "No such account")
