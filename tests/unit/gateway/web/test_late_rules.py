"""Routes that compile late make the same addresses as those that compile at once."""

from __future__ import annotations

from typing import Any

import pytest
from werkzeug.routing import BuildError, Map, Rule

from gateway.web.late_rules import LateRule

RULES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("/v1/payments", {"endpoint": "list"}),
    ("/v1/payments/<payment_id>/receipts/<int:number>.png", {"endpoint": "paper"}),
    ("/static/<path:filename>", {"endpoint": "static"}),
    ("/pages/", {"endpoint": "page", "defaults": {"page": 1}}),
    ("/pages/<int:page>", {"endpoint": "page"}),
)
WISHES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("list", {}),
    ("list", {"before": "a b&c", "limit": 3}),
    ("paper", {"payment_id": "ä/ö", "number": 7}),
    ("static", {"filename": "css/till.css", "v": "1"}),
    ("page", {"page": 1}),
    ("page", {"page": 2}),
)


def _addresses(kind: type[Rule]) -> list[str]:
    adapter = Map([kind(rule, **more) for rule, more in RULES]).bind("shop.example")
    return [adapter.build(endpoint, values) for endpoint, values in (*WISHES, *WISHES)]


def test_address_when_made_late_then_as_the_library_makes_it() -> None:
    assert _addresses(LateRule) == _addresses(Rule)


def test_address_when_a_value_lacks_then_refused_as_before() -> None:
    adapter = Map([LateRule("/v1/payments/<payment_id>", endpoint="payment")]).bind("shop.example")

    with pytest.raises(BuildError):
        adapter.build("payment", {})


def test_rule_when_never_asked_for_its_address_then_nothing_is_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    compiled: list[str] = []
    eager = Rule._compile_builder

    def counted(rule: Rule, append_unknown: bool = True) -> Any:  # noqa: FBT001, FBT002  werkzeug's signature
        compiled.append(rule.rule)
        return eager(rule, append_unknown)

    monkeypatch.setattr(Rule, "_compile_builder", counted)
    adapter = Map([LateRule("/a/<one>", endpoint="a"), LateRule("/b/<one>", endpoint="b")]).bind("shop.example")

    assert adapter.match("/b/2") == ("b", {"one": "2"})
    assert compiled == []
    assert adapter.build("b", {"one": "3"}) == adapter.build("b", {"one": "3"}) == "/b/3"
    assert compiled == ["/b/<one>"]
