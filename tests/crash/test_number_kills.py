"""Whoever gives numbers is killed again and again: no gap, no duplicate, and no number that was told is lost."""

from __future__ import annotations

import random
import subprocess
import sys
import uuid
from pathlib import Path

import pytest

from gateway.adapters.db.unit_of_work import SqlStorage
from gateway.domain.shifts.document_number import Series
from tests.support.migrated import migrate
from tests.support.storage_rows import NORTH, REGISTER, TENANT, FixedClock

KILLS = 5
TOLD_MAX = 25
ROOT = Path(__file__).resolve().parents[2]

pytestmark = [pytest.mark.timeout(300), pytest.mark.slow]


def _run_and_kill(url: str, lines: int) -> dict[int, uuid.UUID]:
    """Let the writer tell so many numbers, then kill it in the middle of the next."""
    program = [sys.executable, "-m", "tests.support.number_writer", url]
    with subprocess.Popen(program, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        told = [process.stdout.readline() for _ in range(lines)]
        process.kill()
        # What it told before it died stands in the pipe.
        told += process.stdout.readlines()
    whole = [line.split() for line in told if line.endswith("\n")]
    return {int(number): uuid.UUID(document) for number, document in whole}


def _check(url: str, seed: int) -> None:
    migrate(url)
    chance = random.Random(seed)
    told: dict[int, uuid.UUID] = {}
    for _ in range(KILLS):
        found = _run_and_kill(url, chance.randint(1, TOLD_MAX))
        assert not found.keys() & told.keys()
        told |= found

    storage = SqlStorage(url, FixedClock())
    with storage.read() as unit:
        given = unit.numbers.given(TENANT, NORTH, REGISTER, Series.SALE)
    storage.close()

    assert [one.number for one in given] == list(range(1, len(given) + 1))
    assert len(told) <= len(given) <= len(told) + KILLS
    assert {one.number: one.document_id for one in given}.items() >= told.items()


def test_sqlite_writer_when_killed_then_numbers_have_no_gap(tmp_path: Path) -> None:
    _check(f"sqlite:///{tmp_path / 'numbers.sqlite3'}", 5)


def test_postgresql_writer_when_killed_then_numbers_have_no_gap(postgres_url: str) -> None:
    _check(postgres_url, 6)
