"""A process that sells on command: ``python -m bench.sale_client URL NODE TERMINALS``; and the parent's side of it.

Each line of standard input is a number of seconds to sell for; each line of output is the JSON of what that took. The
processes stay between rounds, so that connections and prepared statements are those of a running gateway.
"""

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Self

from bench.sale_load import Round, SaleLoad
from gateway.adapters.clock import SystemClock
from gateway.adapters.db.unit_of_work import SqlStorage

ROOT = Path(__file__).resolve().parent.parent
STOP_LIMIT_S = 10.0


class SaleClients:
    """Some client processes on one database, used as a context manager."""

    def __init__(self, url: str, *, names: Sequence[str], terminals: int) -> None:
        """``url``: a PostgreSQL database with our tables; ``names``: one node each; ``terminals``: of each node."""
        self._commands = [[sys.executable, "-m", "bench.sale_client", url, name, str(terminals)] for name in names]
        self._processes: list[subprocess.Popen[str]] = []

    def __enter__(self) -> Self:
        """Start the processes and wait until each has its terminals."""
        for command in self._commands:
            process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            self._processes.append(process)
        try:
            for process in self._processes:
                _line(process)
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the processes."""
        self.close()

    def close(self) -> None:
        """Let every process end after its round; one that does not is ended."""
        for process in self._processes:
            if process.stdin is not None:
                process.stdin.close()
        for process in self._processes:
            try:
                process.wait(STOP_LIMIT_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            if process.stdout is not None:
                process.stdout.close()
        self._processes.clear()

    def sell(self, seconds: float) -> Round:
        """Let all processes sell at the same time; return what they did together.

        Raises:
            RuntimeError: a process ended; its own words are on standard error.
        """
        for process in self._processes:
            if process.stdin is not None:
                process.stdin.write(f"{seconds}\n")
                process.stdin.flush()
        rounds = [Round(**json.loads(_line(process))) for process in self._processes]
        return Round(
            sales=sum(done.sales for done in rounds),
            seconds=max(done.seconds for done in rounds),
            cpu_s=sum(done.cpu_s for done in rounds),
            commits=sum(done.commits for done in rounds),
        )


def _line(process: subprocess.Popen[str]) -> str:
    line = process.stdout.readline() if process.stdout is not None else ""
    if not line:
        raise RuntimeError("a client process of the benchmark ended early")
    return line


def main(arguments: Sequence[str]) -> int:
    """Sell whenever standard input says so."""
    url, node, terminals = arguments
    storage = SqlStorage(url, SystemClock())
    try:
        load = SaleLoad(storage, node=node, terminals=int(terminals))
        print("ready", flush=True)
        for line in sys.stdin:
            print(json.dumps(asdict(load.sell(float(line)))), flush=True)
    finally:
        storage.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
