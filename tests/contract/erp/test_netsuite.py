"""What only NetSuite has: keys that sign, approvals, taxes of lines, periods by name, and queries as text."""

from __future__ import annotations

import dataclasses
import tarfile
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from lxml import etree

from connectors.erp_mapping.described import Refused
from connectors.netsuite.books import line_taxes
from connectors.sandbox_erp.faults import Fault
from gateway.domain.erp.documents import PaidBill, VendorBill, VendorPayment
from gateway.domain.erp.failure import Effect, ErpFailure, FailureCode
from gateway.domain.erp.put_result import PutState
from gateway.domain.erp.records import OrderRecord, RecordKind
from gateway.ports.erp import Capability
from tests.support.erp_documents import bill, entry, payment
from tests.support.erp_model_rigs import MODELS, ModelRig


@pytest.fixture
def rig() -> Iterator[ModelRig]:
    with MODELS["netsuite"]() as made:
        yield made


def _bill(rig: ModelRig, seed: int = 1, /, **changes: Any) -> VendorBill:
    return dataclasses.replace(bill(seed), vendor=rig.vendor, **changes)


def _payment(rig: ModelRig, of: VendorBill, amount_minor: int, discount_minor: int = 0) -> VendorPayment:
    paid = PaidBill(of.key, of.number, amount_minor, discount_minor=discount_minor)
    return dataclasses.replace(payment(90 + amount_minor, amount_minor), vendor=rig.vendor, pays=(paid,))


def _failed(rig: ModelRig, document: Any) -> ErpFailure:
    with pytest.raises(ErpFailure) as failed:
        rig.connector().put(document)
    return failed.value


def test_check_when_bills_need_no_approval_and_no_script_answers_then_both_are_named(rig: ModelRig) -> None:
    rig.erp.approves = rig.erp.script = False

    findings = rig.connector().check().findings

    assert [one.field for one in findings] == ["erp.url", "erp.files"]


def test_check_when_files_are_left_out_then_no_script_is_missed(rig: ModelRig) -> None:
    rig.erp.script = False

    report = rig.connector(erp={"files": "none"}).check()

    assert report.findings == ()
    assert Capability.ATTACHMENTS not in report.capabilities


@pytest.mark.parametrize(("field", "value"), [("cost_centres", "location"), ("bank_details", "customrecord_nothing")])
def test_check_when_a_list_is_not_there_then_its_field_is_named(rig: ModelRig, field: str, value: str) -> None:
    rig.erp.folder = False

    findings = rig.connector(fields={field: value}).check().findings

    assert [one.field for one in findings] == ["erp.files", f"fields.{field}"]


def test_connect_when_a_kind_of_cost_centres_is_unknown_then_mapping_wrong(rig: ModelRig) -> None:
    with pytest.raises(ErpFailure) as failed:
        rig.connector(fields={"cost_centres": "colour"})

    assert (failed.value.failure, failed.value.field) == (FailureCode.MAPPING_WRONG, "fields.cost_centres")


def test_check_when_accounts_fill_more_than_a_page_then_the_last_one_is_known(rig: ModelRig) -> None:
    rig.erp.add_accounts(str(number) for number in range(20_000, 21_500))

    assert rig.connector(accounts={"phone": "21499"}).check().findings == ()


def test_access_when_the_key_is_of_rsa_then_signed_as_ps256(rig: ModelRig) -> None:
    made = rsa.generate_private_key(65_537, 2_048)
    rig.erp.key = made.public_key()
    pem = made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()

    assert rig.connector(secret=pem).check().company == "Sandbox Ltd"


def test_access_when_the_secret_is_no_key_then_not_authorised_and_nothing_is_sent(rig: ModelRig) -> None:
    with pytest.raises(ErpFailure) as failed:
        rig.connector(secret="no key").check()

    assert failed.value.failure is FailureCode.NOT_AUTHORISED
    assert rig.exchanges == []


def test_put_when_bills_need_no_approval_then_refused_and_nothing_made(rig: ModelRig) -> None:
    """It would be posted before its sums are compared."""
    rig.erp.approves = False

    failure = _failed(rig, _bill(rig))

    assert (failure.failure, failure.effect) == (FailureCode.MAPPING_WRONG, Effect.NONE)
    assert rig.erp.records["vendorBill"] == {}


def test_put_when_a_credit_note_then_not_supported_and_nothing_made(rig: ModelRig) -> None:
    failure = _failed(rig, _bill(rig, credit_note=True))

    assert (failure.failure, failure.effect) == (FailureCode.NOT_SUPPORTED, Effect.NONE)
    assert rig.erp.records["vendorBill"] == {}


def test_put_when_the_first_call_ended_late_then_refused_by_its_external_id_and_one_bill(rig: ModelRig) -> None:
    """Nobody looks again before the second call; NetSuite itself says that the key is taken, by whatever code."""
    document = _bill(rig)
    rig.erp.faults.add(Fault.TIMEOUT_AFTER, "post_bill")
    _failed(rig, document)

    again = rig.connector().put(document, absent=True)

    assert again.state is PutState.DUPLICATE
    assert rig.booked(document.key) == [(Decimal("119.00"), (document.attachments[0].content,))]


def test_put_when_somebody_rejected_it_then_refused_and_not_made_again(rig: ModelRig) -> None:
    document = _bill(rig)
    rig.erp.faults.add(Fault.TIMEOUT_BEFORE, "post_bill")
    _failed(rig, document)
    next(iter(rig.erp.records["vendorBill"].values()))["approvalStatus"] = {"id": "3"}

    assert _failed(rig, document).failure is FailureCode.REFUSED
    assert len(rig.erp.records["vendorBill"]) == 1


def test_put_when_a_cost_centre_is_named_then_sent_by_its_id_and_an_unknown_one_refused(rig: ModelRig) -> None:
    document = _bill(rig)
    lines = tuple(dataclasses.replace(line, cost_centre="Nowhere") for line in document.lines)
    rig.connector().put(document)

    failure = _failed(rig, _bill(rig, 2, lines=lines))

    made = next(iter(rig.erp.records["vendorBill"].values()))["expense"]["items"]
    assert [line.get("department") for line in made] == [{"id": "5"}, None]
    assert (failure.failure, "Nowhere" in failure.detail) == (FailureCode.REFUSED, True)


@pytest.mark.parametrize("number", ["R'1", "R' OR 1=1 --", "'; DELETE", "Ä-1"])
def test_put_when_a_number_has_odd_letters_then_its_bill_is_still_found(rig: ModelRig, number: str) -> None:
    rig.connector().put(_bill(rig, 1, number="RX1"))
    there = rig.connector().put(_bill(rig, 2, number=number))

    again = rig.connector().put(_bill(rig, 3, number=number))

    assert (again.state, again.erp_id) == (PutState.DUPLICATE, there.erp_id)


def test_put_when_a_bill_is_paid_in_parts_and_with_discount_then_nothing_is_open(rig: ModelRig) -> None:
    document = _bill(rig)
    rig.connector().put(document)

    results = [
        rig.connector().put(one) for one in (_payment(rig, document, 1_900), _payment(rig, document, 9_800, 200))
    ]
    over = _failed(rig, _payment(rig, document, 1))

    assert [one.state for one in results] == [PutState.POSTED, PutState.POSTED]
    assert (over.failure, over.effect) == (FailureCode.REFUSED, Effect.NONE)


def test_put_when_the_bill_waits_for_approval_then_it_is_not_paid(rig: ModelRig) -> None:
    document = _bill(rig)
    rig.erp.faults.add(Fault.TIMEOUT_BEFORE, "post_bill")
    _failed(rig, document)

    failure = _failed(rig, _payment(rig, document, 11_900))

    assert (failure.failure, failure.effect) == (FailureCode.REFUSED, Effect.NONE)
    assert rig.erp.records["vendorPayment"] == {}


@pytest.mark.parametrize("day", [date(2025, 11, 3), date(2024, 11, 3)])
def test_put_when_an_entry_falls_into_a_closed_period_or_none_then_nothing_made(rig: ModelRig, day: date) -> None:
    failure = _failed(rig, dataclasses.replace(entry(), entry_on=day))

    assert (failure.failure, failure.effect) == (FailureCode.PERIOD_CLOSED, Effect.NONE)
    assert rig.erp.records["journalEntry"] == {}


def test_put_when_there_are_several_companies_then_ours_is_named(rig: ModelRig) -> None:
    rig.erp.add_subsidiary()
    rig.connector().put(entry())

    made = next(iter(rig.erp.records["journalEntry"].values()))
    assert made["subsidiary"] == {"id": "1"}


def test_put_when_a_second_bill_comes_then_codes_are_not_asked_for_again(rig: ModelRig) -> None:
    connector = rig.connector()
    connector.put(_bill(rig, 1))
    first = len(rig.erp.heard)

    connector.put(_bill(rig, 2), absent=True)

    assert "itemid IN" in str(rig.erp.heard[:first])
    assert "itemid IN" not in str(rig.erp.heard[first:])


def test_fetch_when_an_order_has_a_discount_and_a_text_then_the_others_are_not_lost(rig: ModelRig) -> None:
    rig.erp.add_discount()

    orders = rig.connector().fetch(RecordKind.ORDER, "", 10).records

    lines = [
        [(line.sku, line.unit_price) for line in order.lines] for order in orders if isinstance(order, OrderRecord)
    ]
    assert lines == [[("PAPER", Decimal("4.50")), ("INK", Decimal(0))], [("INK", Decimal("12.00"))]]


def test_fetch_when_the_cursor_is_none_of_ours_then_refused(rig: ModelRig) -> None:
    for cursor in ("yesterday|1", "2026-10-01 08:00:00|1) OR (1=1"):
        with pytest.raises(ErpFailure) as failed:
            rig.connector().fetch(RecordKind.VENDOR, cursor, 10)

        assert failed.value.failure is FailureCode.REFUSED


SOAP: dict[str, Any] = {
    "erp": {"files": "soap"},
    "soap": {"account": "1234567", "consumer_key": "consumer", "token": "token", "folder": "42"},
}


@pytest.mark.parametrize("fault", [Fault.TIMEOUT_AFTER, Fault.TIMEOUT_BEFORE, Fault.SERVER_ERROR, Fault.MALFORMED])
@pytest.mark.parametrize("step", ["add_file", "attach"])
def test_put_when_a_file_goes_by_soap_and_no_answer_comes_then_unknown_and_then_finished(
    rig: ModelRig, fault: Fault, step: str
) -> None:
    document = _bill(rig)
    rig.erp.faults.add(fault, step)
    with pytest.raises(ErpFailure) as failed:
        rig.connector(**SOAP).put(document)

    result = rig.connector(**SOAP).put(document)

    assert failed.value.effect is Effect.UNKNOWN
    assert result.state is PutState.POSTED
    assert rig.booked(document.key) == [(Decimal("119.00"), (document.attachments[0].content,))]
    assert len(rig.erp.cabinet) == 1


@pytest.mark.parametrize(
    ("fault", "code", "effect"),
    [
        ("invalidCredentialsFault", FailureCode.NOT_AUTHORISED, Effect.NONE),
        ("insufficientPermissionFault", FailureCode.NOT_ALLOWED, Effect.NONE),
        ("exceededConcurrentRequestLimitFault", FailureCode.TOO_MANY_CALLS, Effect.NONE),
        ("unexpectedErrorFault", FailureCode.SERVER_ERROR, Effect.UNKNOWN),
    ],
)
def test_put_when_soap_answers_with_a_fault_then_its_code_and_effect(
    rig: ModelRig, fault: str, code: FailureCode, effect: Effect
) -> None:
    rig.erp.soap_fault = fault
    with pytest.raises(ErpFailure) as failed:
        rig.connector(**SOAP).put(_bill(rig))

    assert (failed.value.failure, failed.value.effect) == (code, effect)


def test_check_when_files_go_by_soap_then_both_secrets_are_needed(rig: ModelRig) -> None:
    assert rig.connector(**SOAP).check().findings == ()

    for secret in (rig.secret.replace("token-secret", "other"), rig.secret.replace("token-secret", "")):
        with pytest.raises(ErpFailure) as failed:
            rig.connector(secret=secret, **SOAP).check()
        assert failed.value.failure is FailureCode.NOT_AUTHORISED


def test_soap_when_files_are_sent_then_as_the_description_has_it(rig: ModelRig, corpus: Path, tmp_path: Path) -> None:
    """The messages are written by hand; NetSuite's own schemas judge them, in the version that is kept."""
    rig.erp.soap = "2017_1"
    rig.connector(erp=SOAP["erp"], soap={**SOAP["soap"], "version": "2017_1"}).put(_bill(rig))
    with tarfile.open(corpus / "wsdl" / "netsuite_suitetalk_2017_1.tar.gz") as archive:
        archive.extractall(tmp_path, filter="data")
    [messages], [cabinet] = (
        list(tmp_path.rglob(name)) for name in ("platform.messages.xsd", "documents.fileCabinet.xsd")
    )
    imports = "".join(
        f'<import namespace="{space}" schemaLocation="{path}"/>'
        for space, path in (
            ("urn:messages_2017_1.platform.webservices.netsuite.com", messages),
            ("urn:filecabinet_2017_1.documents.webservices.netsuite.com", cabinet),
        )
    )
    schema = etree.XMLSchema(etree.XML(f'<schema xmlns="http://www.w3.org/2001/XMLSchema">{imports}</schema>'))

    sent = [etree.fromstring(request.content) for request, _ in rig.erp.heard if "NetSuitePort" in request.path]

    for envelope in sent:
        for part in ("Header", "Body"):
            schema.assertValid(envelope.find(f"{{http://schemas.xmlsoap.org/soap/envelope/}}{part}")[0])
    assert len(sent) == 2


@pytest.mark.parametrize(
    ("nets", "share", "taxes"),
    [
        (["33.33", "66.67"], "19.00", ["6.33", "12.67"]),
        # By lines 1.90 and 1.90 and 1.90, by the whole 5.71: the cent goes to the largest, the first of several.
        (["10.02", "10.02", "10.01"], "5.71", ["1.91", "1.90", "1.90"]),
        (["100.00", "-10.00"], "17.10", ["19.00", "-1.90"]),
    ],
)
def test_line_taxes_when_rounded_by_the_whole_then_the_lines_add_up(
    nets: list[str], share: str, taxes: list[str]
) -> None:
    lines: list[Any] = [{"net": net, "tax_code": "A"} for net in nets]

    found = line_taxes(lines, [{"tax_code": "A", "rate": "19", "amount": share}])

    assert found == [Decimal(tax) for tax in taxes]


def test_line_taxes_when_no_line_has_a_tax_then_refused() -> None:
    with pytest.raises(Refused):
        line_taxes([{"net": "1.00", "tax_code": "A"}], [{"tax_code": "B", "rate": "7", "amount": "0.07"}])
