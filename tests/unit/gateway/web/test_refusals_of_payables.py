"""Whatever payables refuse is told in every language: each code of theirs has words and a hint."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import gateway
from gateway.web.words import load_words

ROOT = Path(gateway.__file__).parent
KINDS = {"GatewayError", "InputError", "RuleError", "NotFound", "NotPermitted", "IdempotencyConflict"} | {
    "OperationalError",
    "ConfigurationError",
    "OutcomeUnknown",
}
BY_CELL = "_bad"
"""What makes the errors of a table's cell: its second argument is the code."""


def _codes(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
            continue
        place = 0 if node.func.id in KINDS else 1 if node.func.id == BY_CELL else None
        if place is None or len(node.args) <= place:
            continue
        code = node.args[place]
        if isinstance(code, ast.Constant) and isinstance(code.value, str):
            yield code.value


def _refused() -> set[str]:
    folders = [ROOT / layer / "payables" for layer in ("domain", "services", "web", "adapters/db")]
    files = [path for folder in folders for path in sorted(folder.glob("*.py"))]
    return {code for path in files for code in _codes(ast.parse(path.read_text("utf-8")))}


def test_codes_of_payables_then_each_has_words_and_a_hint_in_every_language() -> None:
    refused = _refused()

    missing = {
        (language, f"{group}.{code}")
        for language, words in load_words().items()
        for code in refused
        for group in ("error", "hint")
        if f"{group}.{code}" not in words.table
    }

    assert len(refused) > 100
    assert missing == set()
