"""Where a run of the tests puts aside what it needs."""

from __future__ import annotations

from pathlib import Path

from tests.support.temporary_folder import has_room

MORE_THAN_ANY_DISK = 10**18


def test_room_when_the_folder_is_missing_or_too_full_then_none(tmp_path: Path) -> None:
    assert has_room(tmp_path, 1)
    assert not has_room(tmp_path, MORE_THAN_ANY_DISK)
    assert not has_room(tmp_path / "missing", 1)
