"""Schematron rules as tables, read from a compiled rule set and written as a stylesheet."""

from pathlib import Path

from lxml import etree

from invoice_capture.einvoice.validation.rule_tables import Assertion, Context, RulePattern, read_patterns, stylesheet

_COMPILED = """<xsl:stylesheet version="2.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform"
    xmlns:svrl="http://purl.oclc.org/dsdl/svrl" xmlns:t="urn:t">
  <xsl:template match="/"><svrl:schematron-output/></xsl:template>
  <xsl:template match="t:late" priority="1000" mode="M1"><svrl:fired-rule/>{one}</xsl:template>
  <xsl:template match="t:first" priority="1001" mode="M1"><svrl:fired-rule/>{two}</xsl:template>
  <xsl:template match="t:computed" priority="1002" mode="M1"><svrl:fired-rule/>
    <xsl:variable name="x" select="1"/>{two}</xsl:template>
  <xsl:template match="t:other" priority="1000" mode="M2"><svrl:fired-rule/>{one}</xsl:template>
  <xsl:template match="text()" priority="-1" mode="M1"/>
</xsl:stylesheet>"""
_ASSERTION = """<xsl:choose><xsl:when test="{test}"/><xsl:otherwise><svrl:failed-assert>
  <xsl:attribute name="id">{rule}</xsl:attribute><xsl:attribute name="flag">{flag}</xsl:attribute>
  <svrl:text>Says   {rule}</svrl:text></svrl:failed-assert></xsl:otherwise></xsl:choose>"""


def test_rule_set_when_read_then_its_contexts_stand_in_the_order_they_are_asked(tmp_path: Path) -> None:
    file = tmp_path / "rules.xslt"
    one = _ASSERTION.format(test="a &gt; 1", rule="R-1", flag="fatal")
    two = _ASSERTION.format(test="b", rule="R-2", flag="warning")
    file.write_text(_COMPILED.format(one=one, two=two), encoding="utf-8")

    patterns = read_patterns(file)

    first = Assertion("R-1", "a > 1", "fatal", "Says R-1")
    second = Assertion("R-2", "b", "warning", "Says R-2")
    assert patterns == (
        RulePattern("M1", (Context("t:first", (second,)), Context("t:late", (first,)))),
        RulePattern("M2", (Context("t:other", (first,)),)),
    )


def test_stylesheet_when_written_then_the_first_context_has_the_highest_priority() -> None:
    pattern = RulePattern("p", (Context("t:a", (Assertion("R-1", "x < 1", "fatal", "A & B"),)), Context("t:b", ())))

    root = etree.fromstring(stylesheet((pattern,), {"t": "urn:t"}).encode())

    xsl = "{http://www.w3.org/1999/XSL/Transform}"
    ranks = {one.get("match"): float(one.get("priority", "0")) for one in root.iter(f"{xsl}template")}
    assert ranks["t:a"] > ranks["t:b"] > ranks["text()"]
    (failed,) = root.iter("{http://purl.oclc.org/dsdl/svrl}failed-assert")
    assert (failed.get("id"), failed.get("flag")) == ("R-1", "fatal")
    assert failed.findtext("{http://purl.oclc.org/dsdl/svrl}text") == "A & B"
    assert root.nsmap["t"] == "urn:t"
