"""The published scorer of the corpus, taken from beside it: the project does not judge itself by rules of its own."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from bench.capture_training.receipt_corpus import corpus_folder


class Scorer:
    """Compares and counts as the scorer does. ``mode``: `norm`, `exact` or `loose`."""

    def __init__(self, module: ModuleType) -> None:
        self._module = module

    @classmethod
    def beside_corpus(cls) -> Scorer | None:
        """Return the scorer of the corpus, None when there is none."""
        path = corpus_folder().parent.parent / "tools" / "score_capture.py"
        if not path.is_file():
            return None
        return cls(_module(path))

    def same(self, field: str, value: str, truth: str, mode: str = "norm") -> bool:
        """Whether a value is the truth."""
        normal = self._module.normalise
        return bool(normal(field, value, mode) == normal(field, truth, mode))

    def score(
        self,
        truths: Mapping[str, Mapping[str, Any]],
        found: Mapping[str, Mapping[str, Any]],
        fields: Sequence[str],
        mode: str = "norm",
    ) -> dict[str, Any]:
        """Return the figures.

        Args:
            truths: rows of the manifest by id.
            found: rows of predictions by id.
            fields: those to be scored; all that the truth holds when empty.
            mode: how values are compared.
        """
        figures: dict[str, Any] = self._module.score(truths, found, set(fields) or None, None, mode)
        return figures


def _module(path: Path) -> ModuleType:
    specification = importlib.util.spec_from_file_location("corpus_scorer", path)
    if specification is None or specification.loader is None:
        raise ImportError(f"{path.name} is no module")
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module
