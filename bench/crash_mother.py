"""The mother of the processes the crash harness kills: she loads the program once, and each start is a fork of her.

A fork is a process of its own with its own threads, connections, locks and death. The mother takes one line of JSON for
each start on standard input; she and the forks report on standard output.
"""

import gc
import json
import os
import select
import signal
import sys
from collections.abc import Callable
from typing import Any, NoReturn

from bench.crash_points import say

READ_BYTES = 65_536


def die_with_harness(life_line: int) -> None:
    """End this process when the harness is gone."""
    os.read(life_line, 1)
    os._exit(3)


def become(words: dict[str, Any], life_line: int, work: Callable[[dict[str, Any], int], int]) -> NoReturn:
    """Do ``work`` in this fork. Its log goes to a file; whatever ends it, no code of the mother runs again."""
    code = 1
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.set_wakeup_fd(-1)
        log = os.open(words["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.dup2(log, sys.stderr.fileno())
        code = work(words, life_line)
    except BaseException:
        sys.excepthook(*sys.exc_info())
        raise
    finally:
        sys.stderr.flush()
        os._exit(code)


class Mother:
    """Forks nodes on command and reports their ends."""

    def __init__(self, life_line: int, work: Callable[[dict[str, Any], int], int]) -> None:
        """``work``: what a fork does with its command, until its exit code."""
        self._life_line = life_line
        self._work = work
        self._waiting = b""

    def serve(self) -> None:
        """Work until standard input ends."""
        bell, bell_writer = os.pipe()
        os.set_blocking(bell_writer, False)
        signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
        signal.set_wakeup_fd(bell_writer)
        # A collection in a fork would write to, and so copy, every page she shares with it.
        gc.collect()
        gc.freeze()
        say({"event": "loaded", "pid": os.getpid()})
        while True:
            ready, _, _ = select.select([sys.stdin.fileno(), bell], [], [])
            if bell in ready:
                os.read(bell, READ_BYTES)
                self._report_ends()
            if sys.stdin.fileno() in ready and not self._take_commands():
                return

    def _take_commands(self) -> bool:
        data = os.read(sys.stdin.fileno(), READ_BYTES)
        *lines, self._waiting = (self._waiting + data).split(b"\n")
        for line in lines:
            words = json.loads(line)
            pid = os.fork()
            if pid == 0:
                become(words, self._life_line, self._work)
            say({"event": "started", "pid": pid, "node": words["node"]})
        return bool(data)

    def _report_ends(self) -> None:
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            say({"event": "ended", "pid": pid, "code": os.waitstatus_to_exitcode(status)})
