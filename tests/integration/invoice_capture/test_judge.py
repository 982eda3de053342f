"""Verdicts from the judging process: of the rules, and of what is no e-invoice; the process may die."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from invoice_capture.einvoice import Validator
from invoice_capture.model import Verdict
from tests.support.einvoices import Sample, changed, cii, pdf_with, ubl, without, zugferd1

_ROOT = Path(__file__).resolve().parents[3]
pytest.importorskip("saxonche", reason="the rules of EN 16931 need saxonche")


@pytest.fixture(scope="module")
def validator() -> Iterator[Validator]:
    with Validator() as made:
        yield made


def _rules(verdict: Verdict) -> set[str]:
    return {one.rule for one in verdict.failed}


@pytest.mark.parametrize(
    ("xml", "judged_by"),
    [
        (ubl(Sample()), "CEN EN 16931 UBL 1.3.16"),
        (ubl(Sample(type_code="381")), "CEN EN 16931 UBL 1.3.16"),
        (ubl(Sample(), (None, "x", "y")), "CEN EN 16931 UBL 1.3.16"),
        (cii(Sample(prepaid="10.00")), "CEN EN 16931 CII 1.3.16"),
        (cii(Sample(), ("a", "b", "c")), "CEN EN 16931 CII 1.3.16"),
        (pdf_with(("factur-x.xml", cii(Sample()))), "CEN EN 16931 CII 1.3.16"),
    ],
)
def test_invoice_when_right_then_valid(validator: Validator, xml: bytes, judged_by: str) -> None:
    assert validator.verdict(xml) == Verdict(valid=True, judged_by=judged_by)


@pytest.mark.parametrize(
    ("path", "text", "rules"),
    [
        ("GrandTotalAmount", "225.96", {"BR-CO-15", "BR-CO-16"}),
        ("SpecifiedTradeSettlementHeaderMonetarySummation/LineTotalAmount", "189.90", {"BR-CO-10", "BR-CO-13"}),
        (
            "ApplicableHeaderTradeSettlement/ApplicableTradeTax/BasisAmount",
            "180.00",
            {"BR-S-08", "BR-CO-17", "BR-S-09"},
        ),
        ("DuePayableAmount", "225.8600", {"BR-DEC-18"}),
        ("InvoiceCurrencyCode", "EUX", {"BR-CL-04", "BR-CO-15"}),
        ("SellerTradeParty/PostalTradeAddress/CountryID", "XX", {"BR-CL-14"}),
        ("SpecifiedTaxRegistration/ID", "136695976", {"BR-CO-09"}),
        ("ApplicableHeaderTradeSettlement/ApplicableTradeTax/CategoryCode", "Z", {"BR-Z-01", "BR-Z-08", "BR-Z-09"}),
    ],
)
def test_cii_when_changed_then_the_rules_for_it_fail(
    validator: Validator, path: str, text: str, rules: set[str]
) -> None:
    verdict = validator.verdict(changed(cii(Sample()), path, text))

    assert verdict.valid is False
    assert rules <= _rules(verdict)
    assert all(one.text and one.where.startswith("/CrossIndustryInvoice") for one in verdict.failed)


@pytest.mark.parametrize(
    ("part", "rules"),
    [
        ("ExchangedDocument/ID", {"BR-02"}),
        ("IncludedSupplyChainTradeLineItem", {"BR-16", "BR-CO-10", "BR-S-08"}),
        ("BilledQuantity", {"BR-22", "BR-23"}),
        ("ChargeAmount", {"BR-26", "BR-27", "CII-SR-439"}),
        ("SpecifiedLineTradeSettlement/ApplicableTradeTax", {"BR-CO-04", "BR-S-08"}),
        ("IBANID", {"BR-50", "BR-61", "CII-SR-470"}),
    ],
)
def test_cii_when_a_part_is_missing_then_the_rules_for_it_fail(
    validator: Validator, part: str, rules: set[str]
) -> None:
    assert _rules(validator.verdict(without(cii(Sample()), part))) == rules


def test_ubl_when_changed_then_the_rules_for_it_fail(validator: Validator) -> None:
    verdict = validator.verdict(changed(ubl(Sample()), "TaxInclusiveAmount", "225.96"))

    assert verdict.valid is False
    assert _rules(verdict) == {"BR-CO-15", "BR-CO-16"}


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (zugferd1(Sample()), "EN 16931 has no rules for ZUGFeRD 1.0"),
        (b"<html/>", "xml_not_invoice"),
        (b"<!DOCTYPE x><x/>", "xml_dtd"),
        (b"", "xml_empty"),
        (pdf_with(), "no_einvoice"),
        (b"%PDF-1.4 broken", "pdf_broken"),
        (changed(ubl(Sample()), "PayableAmount", "a lot"), "rules_stopped"),
        (changed(cii(Sample()), "ActualDeliverySupplyChainEvent/OccurrenceDateTime/DateTimeString", "x"), ""),
    ],
)
def test_document_when_it_cannot_be_judged_then_the_verdict_says_why(
    validator: Validator, data: bytes, why: str
) -> None:
    verdict = validator.verdict(data)

    assert verdict.not_judged.startswith(why)
    assert (verdict.valid is None) == bool(why)


def test_process_when_killed_then_that_document_is_not_judged_and_the_next_is() -> None:
    with Validator() as validator:
        assert validator.verdict(b"<x/>").not_judged.startswith("xml_not_invoice")
        assert validator.process_id is not None
        os.kill(validator.process_id, signal.SIGKILL)

        first, second = validator.verdicts([ubl(Sample()), b"<x/>"])

    assert first.valid is None
    assert first.not_judged.startswith("judging_failed")
    assert second.not_judged.startswith("xml_not_invoice")


def test_document_when_too_slow_then_the_process_is_ended() -> None:
    with Validator(seconds_max=0.01) as validator:
        verdict = validator.verdict(ubl(Sample()))

        assert verdict.valid is None
        assert verdict.not_judged.startswith("judging_too_slow")
        assert validator.process_id is None


def test_process_when_its_starter_is_limited_then_it_judges_all_the_same() -> None:
    """The reading process, which asks for verdicts, is limited itself; its child inherits that."""
    program = (
        "import resource, sys\n"
        "for kind, most in ((resource.RLIMIT_DATA, 1_200_000_000), (resource.RLIMIT_FSIZE, 1 << 20)):\n"
        "    resource.setrlimit(kind, (most, most))\n"
        "resource.setrlimit(resource.RLIMIT_CPU, (30, resource.getrlimit(resource.RLIMIT_CPU)[1]))\n"
        "from invoice_capture.einvoice import validate\n"
        "print(validate(sys.stdin.buffer.read()))\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", program], input=cii(Sample()), capture_output=True, check=True, cwd=_ROOT, timeout=120
    )

    assert b"valid=True" in done.stdout
