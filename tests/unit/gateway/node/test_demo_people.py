"""The people of the demo: made once, the same at the next start, in a file only the gateway's user can read."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from gateway.adapters.clock import SystemClock
from gateway.adapters.db.unit_of_work import SqlStorage
from gateway.adapters.passwords import Argon2Passwords
from gateway.node.demo_people import ShownPerson, demo_people
from tests.support.lane_rig import STORE, TENANT


def _people(storage: SqlStorage, kept_in: Path) -> tuple[ShownPerson, ...]:
    return demo_people(
        storage,
        SystemClock(),
        Argon2Passwords(memory_kib=8, passes=1),
        tenant_id=TENANT,
        store_id=STORE,
        kept_in=kept_in,
    )


def test_second_start_then_the_same_people_with_the_same_secrets(storage: SqlStorage, tmp_path: Path) -> None:
    first = _people(storage, tmp_path / "people.json")
    second = _people(storage, tmp_path / "people.json")

    assert first == second
    assert len({login for login, *_ in first}) == len(first) > 1
    assert len({password for _, password, *_ in first}) == len(first)


@pytest.mark.parametrize("mode", [0o644, 0o666, None])
def test_file_of_secrets_then_for_our_user_only(storage: SqlStorage, tmp_path: Path, mode: int | None) -> None:
    kept_in = tmp_path / "people.json"
    if mode is not None:
        kept_in.write_text("{}", encoding="utf-8")
        kept_in.chmod(mode)

    _people(storage, kept_in)

    assert stat.S_IMODE(kept_in.stat().st_mode) == 0o600


@pytest.mark.parametrize("content", ["", "{", "5", "[1]", '[["a"]]', "[]", '{"a": 1}', "\x00"])
def test_file_that_is_spoiled_then_made_anew(storage: SqlStorage, tmp_path: Path, content: str) -> None:
    kept_in = tmp_path / "people.json"
    kept_in.write_text(content, encoding="utf-8")

    made = _people(storage, kept_in)

    assert [list(person) for person in made] == json.loads(kept_in.read_text(encoding="utf-8"))
    assert _people(storage, kept_in) == made


def test_database_that_was_emptied_then_the_old_file_is_not_believed(storage: SqlStorage, tmp_path: Path) -> None:
    kept_in = tmp_path / "people.json"
    kept_in.write_text(json.dumps([["ghost", "password of a ghost", "1234", "cashier"]]), encoding="utf-8")

    made = _people(storage, kept_in)

    assert "ghost" not in {login for login, *_ in made}
    with storage.read() as unit:
        assert {login for login, *_ in made} <= {person.login for person in unit.access.people(TENANT, STORE)}
