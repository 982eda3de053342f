"""Reads what a rule set reports (SVRL) into failed rules and warnings."""

from __future__ import annotations

import re

from lxml import etree

from invoice_capture.einvoice.validation.rule_tables import WARNING
from invoice_capture.model import RuleFailure

_FAILED = "{http://purl.oclc.org/dsdl/svrl}failed-assert"
_TEXT = "{http://purl.oclc.org/dsdl/svrl}text"
_NAMESPACE_TEST = re.compile(r"\[namespace-uri\(\)='[^']*'\]|\*:")
_ALONE = re.compile(r"\[1\]")
FAILURES_MAX = 1000
"""A file with ten thousand wrong lines is as wrong as one with a thousand."""


def failures_of(svrl: str) -> tuple[tuple[RuleFailure, ...], tuple[RuleFailure, ...]]:
    """Return the fatal failures and the warnings of a report, in its order."""
    fatal: list[RuleFailure] = []
    warnings: list[RuleFailure] = []
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)
    for failed in etree.fromstring(svrl.encode(), parser).iter(_FAILED):
        target = warnings if failed.get("flag") == WARNING else fatal
        if len(target) < FAILURES_MAX:
            target.append(_failure(failed))
    return tuple(fatal), tuple(warnings)


def _failure(failed: etree._Element) -> RuleFailure:
    rule = failed.get("id", "")
    text = " ".join("".join(failed.find(_TEXT).itertext()).split())
    # The sentence starts with the id in brackets, which stands beside it anyway.
    sentence = text.removeprefix(f"[{rule}]").lstrip(" -")
    where = _ALONE.sub("", _NAMESPACE_TEST.sub("", failed.get("location", "")))
    return RuleFailure(rule, sentence, where)
