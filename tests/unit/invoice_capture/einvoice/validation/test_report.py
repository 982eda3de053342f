"""Reports of rule sets."""

from invoice_capture.einvoice.validation.report import FAILURES_MAX, failures_of
from invoice_capture.model import RuleFailure

_HEAD = '<s:schematron-output xmlns:s="http://purl.oclc.org/dsdl/svrl">'
_ONE = '<s:failed-assert id="{rule}" flag="{flag}" location="{where}"><s:text>{text}</s:text></s:failed-assert>'


def test_report_when_read_then_fatal_and_warnings_apart_with_short_places() -> None:
    where = "/*:Invoice[namespace-uri()='urn:x'][1]/*:Line[namespace-uri()='urn:y'][2]"
    svrl = (
        _HEAD
        + _ONE.format(rule="BR-1", flag="fatal", where=where, text="[BR-1]-An  Invoice\n shall")
        + _ONE.format(rule="SR-2", flag="warning", where="/Invoice", text="[SR-2] - should not")
        + "</s:schematron-output>"
    )

    assert failures_of(svrl) == (
        (RuleFailure("BR-1", "An Invoice shall", "/Invoice/Line[2]"),),
        (RuleFailure("SR-2", "should not", "/Invoice"),),
    )


def test_report_when_endless_then_cut() -> None:
    many = _ONE.format(rule="R", flag="fatal", where="/", text="t") * (FAILURES_MAX + 5)

    fatal, warnings = failures_of(f"{_HEAD}{many}</s:schematron-output>")

    assert len(fatal) == FAILURES_MAX
    assert warnings == ()
