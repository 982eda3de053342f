"""Matching through kills of its process: each line is explained once, each item used once, the books hold."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from contextlib import closing

from gateway.adapters.db.unit_of_work import SqlStorage
from gateway.domain.bank.bank_statement import LineState
from gateway.domain.bank.matching_run import RunState
from gateway.services.bank.matching_runs import ATTEMPTS_MAX
from tests.support.matching_child import ENDED, KEEPS, STOPS_WITHIN_S
from tests.support.requirements import ROOT
from tests.support.statement_desk import StatementDesk, paid
from tests.support.still_parts import MovingClock

KILLS = ATTEMPTS_MAX - 1
LINES = 40
LINES_BETWEEN = 10
A_LINE_S = 0.006
"""About as long as keeping a line takes: the kill comes anywhere within it."""


def test_process_when_killed_again_and_again_then_each_line_is_explained_once(database_url: str) -> None:
    chance = random.Random(20)
    with closing(SqlStorage(database_url, MovingClock())) as storage:
        desk = StatementDesk(storage, automatic=True)
        for number in range(LINES):
            desk.owed(f"RE-{number + 100}", "100.00")
        desk.take([paid("100.00", f"Invoice RE-{number + 100}", ref=f"R{number}") for number in range(LINES)])

    for number in range(KILLS):
        child = _child(database_url, number)
        assert child.stdout is not None
        assert [child.stdout.readline() for _ in range(LINES_BETWEEN)] == [f"{KEEPS}\n"] * LINES_BETWEEN
        time.sleep(chance.uniform(0, A_LINE_S))
        child.kill()
        child.communicate()
    last = _child(database_url, KILLS)
    assert last.stdout is not None
    told = list(iter(last.stdout.readline, f"{ENDED}\n"))
    last.communicate("", timeout=STOPS_WITHIN_S)

    assert 0 < len(told) < LINES
    with closing(SqlStorage(database_url, MovingClock())) as storage:
        desk = StatementDesk(storage)
        ended = desk.runs.latest(desk.theo)
        assert ended is not None
        assert (ended.state, ended.attempts) == (RunState.DONE, ATTEMPTS_MAX)
        assert len(desk.lines(LineState.MATCHED)) == LINES
        assert desk.balances() == {"bank/main": LINES * 10_000, "receivable/nord": -LINES * 10_000}


def _child(url: str, number: int) -> subprocess.Popen[str]:
    former = f"node-{number - 1}" if number else ""
    command = [sys.executable, "-m", "tests.support.matching_child", url, f"node-{number}", former]
    return subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
