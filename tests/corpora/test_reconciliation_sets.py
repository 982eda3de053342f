"""Generated statements that the engine has not seen: a small set of each difficulty keeps the floors."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.reconciliation import measured, other_measured, tools_folder
from bench.reconciliation_words import vocabularies

_SETS = ((811, 0.3), (812, 0.8))
_HELD = (tools_folder() / "make_reconciliation_set.py").is_file()
pytestmark = [
    pytest.mark.corpus,
    pytest.mark.skipif(not _HELD, reason=f"{len(_SETS)} generated sets cannot be made: set TILLBRIDGE_CORPUS"),
]


@pytest.mark.parametrize(("seed", "difficulty"), _SETS)
def test_set_when_explained_then_it_keeps_the_floors(tmp_path: Path, seed: int, difficulty: float) -> None:
    found = measured(tmp_path / "set", lines=2000, seed=seed, difficulty=difficulty, plain=False)

    assert found["macro_f1"] >= 0.93
    assert found["min_kind_f1"] >= 0.80
    assert found["exact"] >= 0.93
    assert found["auto_rate"] >= 0.85
    assert found["auto_error"] <= 0.003


@pytest.mark.parametrize("name", ["polish", "benelux"])
def test_set_of_another_maker_when_explained_then_it_keeps_the_floors(tmp_path: Path, name: str) -> None:
    found = other_measured(tmp_path / "set", vocabularies()[name], lines=1500)

    assert found["macro_f1"] >= 0.93
    assert found["exact"] >= 0.93
    assert found["auto_rate"] >= 0.85
    assert found["auto_error"] <= 0.003
