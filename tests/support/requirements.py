"""What tests may need of a machine, and whether this one has it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from gateway.machine.capabilities import Capability, capability
from tests.support.tryton_server import tools_script

ROOT = Path(__file__).resolve().parents[2]


def corpus_root() -> Path:
    """Folder of the public samples beside the checkout; need not exist."""
    return Path(os.environ.get("TILLBRIDGE_CORPUS") or ROOT.parent / "shared" / "data")


def required_features() -> frozenset[str]:
    """Features whose absence is a failure (`GATEWAY_REQUIRE`, separated by commas)."""
    words = os.environ.get("GATEWAY_REQUIRE", "").split(",")
    return frozenset(word.strip() for word in words if word.strip())


def lacking(feature: str) -> str:
    """Why this machine cannot run tests of a feature, with what to type; empty when it can."""
    found = _FEATURES[feature]()
    return "" if found.available else f"{found.reason}{f' ({found.fix})' if found.fix else ''}"


def _postgres() -> Capability:
    server = capability("postgres")
    return server if not server.available else capability("psycopg")


def _corpus() -> Capability:
    root = corpus_root()
    return Capability("corpus", root.is_dir(), "no public samples beside the checkout", "set TILLBRIDGE_CORPUS")


def _erp() -> Capability:
    return Capability("erp", tools_script().is_file(), "no tools beside the checkout", "set TILLBRIDGE_TOOLS")


_FEATURES: dict[str, Callable[[], Capability]] = {
    "postgres": _postgres,
    "browser": lambda: capability("browser"),
    "ocr": lambda: capability("ocr"),
    "pty": lambda: capability("pty"),
    "fonts": lambda: capability("fonts"),
    "corpus": _corpus,
    "erp": _erp,
}
FEATURES = tuple(_FEATURES)
