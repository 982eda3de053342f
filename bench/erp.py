"""The benchmark `erp`: documents a second into the sandbox ERP, beside a bare loop of calls without any guarantee.

The sandbox runs as a process of its own, with new books for each measurement; documents are on their way, committed,
before the clock runs. The runner journals, looks, writes and journals; the bare loop only writes.
"""

import argparse
import contextlib
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing
from pathlib import Path
from random import Random
from typing import Any

from bench.erp_bare import calls_of, loops_of
from bench.figures import CannotRun, Figure, Goal, Report, median
from bench.machine import tell
from connectors.generic_rest.connector import connect as connect_rest
from connectors.generic_soap.connector import connect as connect_soap
from connectors.sandbox_erp.server import Login
from connectors.sandbox_erp.soap_side import DESCRIPTION
from gateway.adapters.clock import SystemClock
from gateway.adapters.db.unit_of_work import SqlStorage
from gateway.configuration.erp_settings import AT_ONCE
from gateway.domain.erp.posting import SETTLED
from gateway.jobs.erp_lane import DOCUMENTS_IN_A_ROW, ErpLane
from gateway.jobs.exchange_lane import ExchangeLane
from gateway.ports.erp import ErpAccount, ErpConnector, ErpDocument, ErpExchange
from gateway.services.erp.exchange_log import ExchangeLog
from gateway.services.erp.run_postings import RunPostings
from tests.support.erp_documents import mixed, sales_day
from tests.support.erp_office import ACCOUNT, PLACE, Office, runner_of, send, states_of
from tests.support.erp_rig import MAPPING, RIGS
from tests.support.migrated import migrated_sqlite
from tests.support.still_parts import MovingClock

ROOT = Path(__file__).resolve().parent.parent
RATIO_GOAL = Goal.least(0.5)
POSTED_GOAL = Goal.most(2.0)
START_LIMIT_S = 60.0
POSTED_LIMIT_S = 60.0
STOP_LIMIT_S = 30.0
WAIT_MAX_S = 0.7
"""Seconds between two causes, at most: unlike the lane's own beat, or each would meet it at the same point."""
FAULT_RATE = 0.1
SEED = 8
_CONNECT = {"rest": connect_rest, "soap": connect_soap}


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--documents", type=int, default=400, help="of each measurement (default 400)")
    parser.add_argument("--rounds", type=int, default=3, help="ours and bare in turn (default 3)")
    parser.add_argument("--causes", type=int, default=100, help="closed shifts whose posting is timed (default 100)")
    parser.add_argument("--mixed", type=int, default=1_000, help="documents with faults on the way (default 1000)")


def run(options: argparse.Namespace) -> Report:
    """Measure.

    Raises:
        CannotRun: the sandbox does not start, or something was refused.
    """
    figures: list[Figure] = []
    details: dict[str, Any] = {}
    for interface in _CONNECT:
        figures += _speed(interface, options, details)
    figures += _until_posted(options.causes, details)
    for name in RIGS:
        figures += _with_faults(name, options.mixed, details)
    return Report("erp", tuple(figures), details)


def _speed(interface: str, options: argparse.Namespace, details: dict[str, Any]) -> Iterator[Figure]:
    documents = mixed(options.documents, SEED)
    bare: dict[str, list[float]] = {name: [] for name in loops_of(interface)}
    ours: list[float] = []
    for number in range(options.rounds):
        tell(f"{interface}: round {number + 1} of {options.rounds}")
        ours.append(len(documents) / _ours_s(interface, documents))
        for name, loop in loops_of(interface).items():
            with _sandbox() as address:
                began_s = time.perf_counter()
                loop(address, calls_of(interface, documents, MAPPING))
                bare[name].append(len(documents) / (time.perf_counter() - began_s))
    calls = sum(map(len, calls_of(interface, documents, MAPPING)))
    details[interface] = {"ours_per_s": ours, "bare_per_s": bare, "calls_bare": calls}
    words = f"{interface}: documents a second, journalled, looked up, written once"
    yield Figure(f"{interface}_per_s", words, median(ours), "/s")
    for name, rates in bare.items():
        ratio, said = median(ours) / median(rates), f"{name}, bare: {median(rates):,.0f} /s"
        words = f"{interface}: times the bare loop of {name}"
        yield Figure(f"{interface}_{name}_ratio", words, ratio, goal=RATIO_GOAL, baseline=said)


def _ours_s(interface: str, documents: Sequence[ErpDocument]) -> float:
    """Return the seconds from the first look to the last journal line and the last exchange that is kept."""
    with ExitStack() as stack:
        address, storage = stack.enter_context(_sandbox()), stack.enter_context(_store())
        clock = SystemClock()
        exchanges = ExchangeLog(storage, clock, PLACE)
        lane = ExchangeLane(exchanges)
        connector = stack.enter_context(closing(_connector(interface, address, exchanges.keep)))
        send(storage, clock, *documents)
        runner = runner_of(storage, clock, connector, about=exchanges.about)
        lane.start()
        began_s = time.perf_counter()
        threads = [threading.Thread(target=_run_to_the_end, args=(runner,)) for _ in range(AT_ONCE)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        lane.stop(lambda: STOP_LIMIT_S)
        took_s = time.perf_counter() - began_s
        states = states_of(storage)
    if not set(states) <= SETTLED:
        raise CannotRun(f"not all was posted: {dict(states)}")
    return took_s


def _run_to_the_end(runner: RunPostings) -> None:
    while runner.run(DOCUMENTS_IN_A_ROW):
        pass


def _until_posted(causes: int, details: dict[str, Any]) -> Iterator[Figure]:
    """Time documents of closed shifts, committed at any moment, until the ERP's own journal has them."""
    tell(f"until posted: {causes} closed shifts")
    chance = Random(SEED)
    took: list[float] = []
    with _sandbox() as address, _store() as storage, closing(_connector("rest", address)) as connector:
        clock = SystemClock()
        lane = ErpLane(runner_of(storage, clock, connector), account=ACCOUNT, at_once=AT_ONCE)
        lane.start(None)
        try:
            for number in range(1, causes + 1):
                time.sleep(chance.uniform(0, WAIT_MAX_S))
                send(storage, clock, sales_day(number))
                took.append(_posted_after_s(storage, number))
        finally:
            lane.stop(lambda: 10.0)
    took.sort()
    details["until_posted_s"] = took
    words = "from the commit that closes a shift to its posting in the ERP, p99"
    yield Figure("posted_p99_s", words, took[min(len(took) - 1, int(len(took) * 0.99))], "s", POSTED_GOAL)
    yield Figure("posted_median_s", "the same, median", median(took), "s")


def _posted_after_s(storage: SqlStorage, count: int) -> float:
    began_s = time.perf_counter()
    while (gone_s := time.perf_counter() - began_s) < POSTED_LIMIT_S:
        if sum(number for state, number in states_of(storage).items() if state in SETTLED) >= count:
            return gone_s
        time.sleep(0.005)
    raise CannotRun("a document was not posted within a minute")


def _with_faults(name: str, count: int, details: dict[str, Any]) -> Iterator[Figure]:
    """Bring documents in while every tenth call goes wrong; the ERP's journal is the judge."""
    tell(f"{name}: {count} documents, every tenth call goes wrong")
    documents, clock = mixed(count, SEED), MovingClock()
    with tempfile.TemporaryDirectory(prefix="tillbridge-bench-") as folder, RIGS[name](rate=FAULT_RATE, seed=21) as rig:
        with closing(SqlStorage(migrated_sqlite(Path(folder) / "store.sqlite3"), clock)) as storage:
            office = Office(storage, clock, rig)
            office.send(*documents)
            office.run_to_the_end(AT_ONCE)
            states = office.states()
        booked, happened = Counter(one.key for one in rig.all_booked()), rig.erp.faults.happened
    wanted = {one.key for one in documents}
    details[f"{name}_faults"] = {"faults": happened, "states": {state.value: n for state, n in states.items()}}
    counts = {
        "duplicates": sum(number - 1 for number in booked.values()) + len(set(booked) - wanted),
        "lost": len(wanted - set(booked)),
        "unknown": sum(number for state, number in states.items() if state not in SETTLED),
    }
    for what, value in counts.items():
        words = f"{name}: {what} of {count:,} documents"
        yield Figure(f"{name}_{what}", words, value, goal=Goal.most(0), baseline=f"{happened} faults")


def _keep_nothing(_exchange: ErpExchange) -> None:
    """Forget what was said."""


def _connector(interface: str, address: str, keep: Callable[[ErpExchange], None] = _keep_nothing) -> ErpConnector:
    how = {"login": Login().user, "description": "sandbox", "url": address}
    if interface == "soap":
        how |= {"url": f"{address}/soap", "wsdl": DESCRIPTION.name}
    account = ErpAccount(
        ACCOUNT, {**MAPPING, "erp": how}, Login().password, SystemClock(), keep, folder=str(DESCRIPTION.parent)
    )
    return _CONNECT[interface](account)


@contextlib.contextmanager
def _store() -> Iterator[SqlStorage]:
    with (
        tempfile.TemporaryDirectory(prefix="tillbridge-bench-") as folder,
        closing(SqlStorage(migrated_sqlite(Path(folder) / "store.sqlite3"), SystemClock())) as storage,
    ):
        yield storage


@contextlib.contextmanager
def _sandbox() -> Iterator[str]:
    """Run a sandbox with new books; yield its address."""
    command = [sys.executable, str(ROOT / "run.py"), "erp", "sandbox", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        late = threading.Timer(START_LIMIT_S, process.kill)
        late.start()
        try:
            told = re.search(r"http://\S+", process.stdout.readline() if process.stdout else "")
            late.cancel()
            if told is None:
                raise CannotRun("the sandbox ERP does not start")
            yield told[0]
        finally:
            late.cancel()
            process.terminate()
            process.wait()
