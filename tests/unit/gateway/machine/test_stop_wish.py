"""A signal ends the waiting whenever it comes, also in the middle of beginning to wait."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[4]
_LINES_MAX = 14
"""More than there are lines on the way into the wait."""
_SCRIPT = """
import signal, sys
from gateway.machine.stop_wish import StopWish

at, passed, told = int(sys.argv[1]), 0, False

def trace(frame, event, argument):
    global passed, told
    passed += 1
    if passed == at:
        told = True
        signal.raise_signal(signal.SIGTERM)
    return trace

wish = StopWish()
wish.listen()

def wait():
    wish.wait()

signal.setitimer(signal.ITIMER_REAL, 0.2)
signal.signal(signal.SIGALRM, lambda *_: None if told else signal.raise_signal(signal.SIGTERM))
sys.settrace(trace)
wait()
sys.settrace(None)
print("ended")
"""


@pytest.mark.parametrize("at", range(6, _LINES_MAX))
def test_signal_when_it_comes_at_any_line_of_the_waiting_then_the_waiting_ends(at: int) -> None:
    """Raised at each step on the way into the wait; where there are fewer steps, it comes while it waits."""
    ended = subprocess.run(
        [sys.executable, "-c", _SCRIPT, str(at)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )

    assert (ended.returncode, ended.stdout.strip(), ended.stderr) == (0, "ended", "")
