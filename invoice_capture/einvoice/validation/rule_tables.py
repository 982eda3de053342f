"""Schematron rules as tables: read out of a compiled rule set, and written as a stylesheet that reports failures."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from lxml import etree

_XSL = "{http://www.w3.org/1999/XSL/Transform}"
_SVRL_URI = "http://purl.oclc.org/dsdl/svrl"
_SVRL = f"{{{_SVRL_URI}}}"
FATAL = "fatal"
WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Assertion:
    """One rule: ``test`` is an XPath 2.0 expression that is true where the rule holds; ``flag``: fatal or warning."""

    rule: str
    test: str
    flag: str
    text: str


@dataclass(frozen=True, slots=True)
class Context:
    """Rules for the nodes that the XSLT pattern ``match`` matches."""

    match: str
    assertions: tuple[Assertion, ...]


@dataclass(frozen=True, slots=True)
class RulePattern:
    """Contexts in the order they are asked: for each node only the first that matches speaks."""

    name: str
    contexts: tuple[Context, ...]


def read_patterns(rules: Path) -> tuple[RulePattern, ...]:
    """Return the tables of a rule set compiled from Schematron, in the order of the file.

    A context that computes variables keeps its assertions, but they cannot stand alone: see ``needs_variables``.
    """
    contexts: dict[str, list[tuple[float, Context]]] = {}
    for template in etree.parse(str(rules)).getroot().iterchildren(f"{_XSL}template"):
        if template.find(f"{_SVRL}fired-rule") is None:
            continue
        if template.find(f"{_XSL}variable") is not None:
            # Its expressions name variables; no rule that is taken over does.
            continue
        assertions = tuple(_assertion(choice) for choice in template.iterchildren(f"{_XSL}choose"))
        found = Context(template.get("match"), assertions)
        contexts.setdefault(template.get("mode"), []).append((float(template.get("priority")), found))
    return tuple(
        RulePattern(mode, tuple(context for _, context in sorted(found, key=lambda one: -one[0])))
        for mode, found in contexts.items()
    )


def _assertion(choice: etree._Element) -> Assertion:
    failed = choice.find(f"{_XSL}otherwise/{_SVRL}failed-assert")
    given = {one.get("name"): "".join(one.itertext()) for one in failed.iterchildren(f"{_XSL}attribute")}
    return Assertion(
        rule=given.get("id", ""),
        test=choice.find(f"{_XSL}when").get("test"),
        flag=given.get("flag", FATAL),
        text=" ".join("".join(failed.find(f"{_SVRL}text").itertext()).split()),
    )


def stylesheet(patterns: Iterable[RulePattern], namespaces: dict[str, str]) -> str:
    """Return an XSLT 2.0 stylesheet that reports every rule of the tables that fails, as SVRL."""
    root = etree.Element(f"{_XSL}stylesheet", {"version": "2.0"}, nsmap=_nsmap(namespaces))
    etree.SubElement(root, f"{_XSL}output", {"method": "xml", "indent": "no"})
    start = etree.SubElement(root, f"{_XSL}template", {"match": "/"})
    report = etree.SubElement(start, f"{_SVRL}schematron-output")
    _add_path_template(root)
    for number, pattern in enumerate(patterns):
        mode = f"pattern{number}"
        etree.SubElement(report, f"{_XSL}apply-templates", {"select": "/", "mode": mode})
        _walk_on(etree.SubElement(root, f"{_XSL}template", {"match": "node()", "mode": mode, "priority": "-2"}), mode)
        etree.SubElement(root, f"{_XSL}template", {"match": "text()", "mode": mode, "priority": "-1"})
        _walk_on(etree.SubElement(root, f"{_XSL}template", {"match": "/", "mode": mode, "priority": "-2"}), mode)
        for place, context in enumerate(pattern.contexts):
            priority = str(len(pattern.contexts) - place)
            attributes = {"match": context.match, "mode": mode, "priority": priority}
            template = etree.SubElement(root, f"{_XSL}template", attributes)
            for assertion in context.assertions:
                _add_assertion(template, assertion)
            _walk_on(template, mode)
    return str(etree.tostring(root, encoding="unicode"))


def _nsmap(namespaces: dict[str, str]) -> dict[str, str]:
    return {"xsl": _XSL[1:-1], "svrl": _SVRL_URI, "xs": "http://www.w3.org/2001/XMLSchema", **namespaces}


def _walk_on(template: etree._Element, mode: str) -> None:
    etree.SubElement(template, f"{_XSL}apply-templates", {"select": "*", "mode": mode})


def _add_assertion(template: etree._Element, assertion: Assertion) -> None:
    # `choose` and not `if (not(...))`: the expression is used as it is, whatever it returns.
    choice = etree.SubElement(template, f"{_XSL}choose")
    etree.SubElement(choice, f"{_XSL}when", {"test": assertion.test})
    otherwise = etree.SubElement(choice, f"{_XSL}otherwise")
    failed = etree.SubElement(otherwise, f"{_SVRL}failed-assert", {"id": assertion.rule, "flag": assertion.flag})
    location = etree.SubElement(failed, f"{_XSL}attribute", {"name": "location"})
    etree.SubElement(location, f"{_XSL}apply-templates", {"select": ".", "mode": "where"})
    etree.SubElement(failed, f"{_SVRL}text").text = assertion.text


def _add_path_template(root: etree._Element) -> None:
    """Add what writes the path of a node: local names, and its number among the like where there are several."""
    where = etree.SubElement(root, f"{_XSL}template", {"match": "*", "mode": "where"})
    etree.SubElement(where, f"{_XSL}apply-templates", {"select": "parent::*", "mode": "where"})
    etree.SubElement(where, f"{_XSL}value-of", {"select": "concat('/', local-name())"})
    number = "count(preceding-sibling::*[node-name(.) = node-name(current())])"
    several = f"{number} + count(following-sibling::*[node-name(.) = node-name(current())]) > 0"
    choice = etree.SubElement(where, f"{_XSL}if", {"test": several})
    etree.SubElement(choice, f"{_XSL}value-of", {"select": f"concat('[', 1 + {number}, ']')"})
