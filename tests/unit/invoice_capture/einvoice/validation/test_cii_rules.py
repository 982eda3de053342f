"""The CII rules as put together: each once, none of the extension, and none of another version unseen."""

import re
from collections import Counter
from pathlib import Path

import pytest
from lxml import etree

from invoice_capture.einvoice.validation.artefacts import cii_extended_rules, ubl_rules, version_of
from invoice_capture.einvoice.validation.cii_rules import VERSION, cii_stylesheet
from invoice_capture.errors import NotAvailable

_RULES = 804


def _failures() -> list[etree._Element]:
    root = etree.fromstring(cii_stylesheet(cii_extended_rules(), ubl_rules()).encode())
    return list(root.iter("{http://purl.oclc.org/dsdl/svrl}failed-assert"))


def test_rules_when_put_together_then_each_stands_once_with_its_sentence() -> None:
    failures = _failures()

    counts = Counter(one.get("id") for one in failures)
    assert len(counts) == _RULES
    assert [rule for rule, count in counts.items() if count > 1] == []
    assert [one.get("id") for one in failures if one.get("flag") not in {"fatal", "warning"}] == []
    assert [one.get("id") for one in failures if len("".join(one.itertext())) < 10] == []
    assert [rule for rule in counts if not re.fullmatch(r"(BR-([A-Z]{1,3}-)?|CII-(SR|DT)-)\d+", rule)] == []


def test_versions_when_read_then_ubl_and_cii_are_of_one_release() -> None:
    assert version_of(ubl_rules()) == VERSION


def test_artefact_when_it_is_another_then_not_used(tmp_path: Path) -> None:
    other = tmp_path / "rules.xslt"
    text = cii_extended_rules().read_text(encoding="utf-8")
    assert text.count("BR-CO-14</xsl:attribute>") == 1
    other.write_text(text.replace("BR-CO-14</xsl:attribute>", "BR-CO-99</xsl:attribute>"), encoding="utf-8")

    with pytest.raises(NotAvailable) as refusal:
        cii_stylesheet(other, ubl_rules())

    assert refusal.value.code == "einvoice_rules_changed"
