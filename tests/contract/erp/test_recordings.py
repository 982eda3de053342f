"""Connectors against exchanges from files: every request is one that is there, and none is left."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.domain.erp.failure import ErpFailure
from tests.support.erp_model import SECRET
from tests.support.erp_recordings import FOLDER, replayed, scenario

FILES = sorted(FOLDER.glob("*/*.json"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_scenario_when_given_again_then_the_same_calls_and_one_bill(path: Path) -> None:
    with replayed(path) as replay:
        company, first, again = scenario(replay.connector, replay.vendor_id)

    assert replay.surprises == []
    assert replay.left == []
    assert company == "Sandbox Ltd EUR, 0 findings"
    assert first.startswith("posted ")
    assert again == first.replace("posted", "duplicate", 1)


def test_files_when_looked_at_then_there_and_without_the_secret() -> None:
    assert len(FILES) >= 4
    assert not [path for path in FILES if SECRET in path.read_text(encoding="utf-8")]


def test_scenario_when_another_request_is_sent_then_it_is_told() -> None:
    path = FOLDER / "dolibarr" / "rest.json"
    with replayed(path) as replay:
        del replay.left[0]
        with pytest.raises(ErpFailure):
            scenario(replay.connector, replay.vendor_id)

    assert "setup/company" in replay.surprises[0]
