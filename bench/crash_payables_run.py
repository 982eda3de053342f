"""One run of the crash harness over payment runs: a bank that survives, a process that dies and is started again."""

import json
import os
import queue
import random
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from bench.crash_payables_points import DOUBT_POINTS, LOOK_POINTS, PayPoint, kill
from bench.crash_points import KillOrder
from connectors.virtual_bank.bank import VirtualBank
from connectors.virtual_bank.bank_books import BankBooks
from tests.support.bank_loop import MONDAY

ROOT = Path(__file__).resolve().parent.parent
START_LIMIT_S = 60.0
STALE_AFTER_S = 15.0
"""A process whose point does not come is killed anyway, and the order is given again."""
STALE_MAX = 20
LATEST_S = 0.4
"""Latest moment of a random kill, from when the process is ready; of one in six from when it is started."""
EARLY = 2
"""Passing of a random kill that is counted from the start: it may fall into opening the database."""

QUIET_LIMIT_S = 120.0
IDLE_NEEDED = 3
DAY_S = 0.1
"""How long a day of the bank lasts."""
POLL_S = 0.004
SCENARIOS = (
    *("accept", "part", "reject-file", "no-funds", "payee-check", "late", "duplicate", "out-of-order", "silence"),
    *("slow", "returns", "return-all", "batch", "charges"),
)


@dataclass(frozen=True, slots=True)
class PayPlan:
    """What is to be done.

    ``database_url``: of an empty database, an SQLite file that is not there is made; ``folder``: an existing one, for
    the bank and logs; ``orders``: where to die; ``seed``: of what the bank does; ``careless``: spoil the product, to
    see that the judge finds it (``open_shop``); ``scenarios``: of the bank, by chance; ``day_s``: how long its day is.
    """

    folder: Path
    database_url: str
    orders: tuple[KillOrder, ...]
    seed: int
    careless: str = ""
    scenarios: tuple[str, ...] = SCENARIOS
    day_s: float = DAY_S

    @property
    def bank(self) -> Path:
        """Folder of the virtual bank."""
        return self.folder / "bank"


@dataclass(slots=True)
class PayRecord:
    """What a run did. ``seen``: how often the bank saw each message id; ``kills``: by where the process died."""

    kills: Counter[str] = field(default_factory=Counter)
    seen: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)
    seconds: float = 0.0


def kill_orders(seed: int, randoms: int, rounds: int = 1) -> tuple[KillOrder, ...]:
    """Return every marked point so many times and random moments, shuffled; a look follows on a doubt."""
    chance = random.Random(f"{seed} payables plan")
    steps = [
        [KillOrder(PayPoint.AT_RANDOM, EARLY if number % 6 == 0 else 1, delay_s=chance.uniform(0, LATEST_S))]
        for number in range(randoms)
    ]
    for number in range(rounds):
        for point in PayPoint:
            if point in LOOK_POINTS:
                steps.append([KillOrder(chance.choice(DOUBT_POINTS)), KillOrder(point)])
            elif point is not PayPoint.AT_RANDOM:
                steps.append([KillOrder(point, 1 + number % 2)])
    chance.shuffle(steps)
    return tuple(order for step in steps for order in step)


class BankTown(threading.Thread):
    """The virtual bank at work in the harness' own process: no kill reaches it. Its behaviour changes by the seed."""

    def __init__(self, plan: PayPlan) -> None:
        super().__init__(name="bank", daemon=True)
        self.seen: Counter[str] = Counter()
        self.bank = VirtualBank(plan.bank, file_taken=self._note)
        self.bank.open()
        self.quiet = threading.Event()
        self._plan = plan
        self.failed = ""
        self._chance = random.Random(f"{plan.seed} bank")
        self._finish = threading.Event()
        self._over = threading.Event()

    def run(self) -> None:
        """Take files at once, and turn day by day, until told to stop."""
        next_day_s = time.monotonic()
        try:
            while not self._over.wait(POLL_S):
                if any(self.bank.outgoing.glob("[!.]*")):
                    self._behave()
                    self.bank.work(MONDAY)
                if time.monotonic() >= next_day_s:
                    self._day()
                    next_day_s = time.monotonic() + self._plan.day_s
                if self._finish.is_set():
                    next_day_s = min(next_day_s, time.monotonic() + DAY_S)
        except Exception as error:  # noqa: BLE001 - border of the thread: the run is given up and says why
            self.failed = repr(error)

    def finish(self) -> None:
        """Behave well from now on, so that everything comes to an end."""
        self._finish.set()

    def stop(self) -> None:
        """End the thread."""
        self._over.set()
        self.join()

    def _note(self, message_id: str) -> None:
        self.seen[message_id] += 1

    def _day(self) -> None:
        books = self.bank.books()
        if not _coming(books):
            self.quiet.set()
            return
        self.quiet.clear()
        for one in books.payments:
            if one.state == "asked":
                self.bank.decide(one.end_to_end_id, pay=self._chance.random() < 0.6, now=MONDAY)
        self._behave()
        # Today is worked before the day ends: what is due is booked on its day.
        self.bank.work(MONDAY)
        self.bank.turn_on()
        self.bank.work(MONDAY)

    def _behave(self) -> None:
        self.bank.choose("accept" if self._finish.is_set() else self._chance.choice(self._plan.scenarios))


def _coming(books: BankBooks) -> bool:
    """Return whether the bank has anything left to do by itself."""
    states = [(one.state, one.return_on != "") for one in books.payments]
    open_ones = any(state in ("open", "asked") or (state, back) == ("booked", True) for state, back in states)
    return open_ones or bool(books.queue) or bool(books.bookings)


class Harness:
    """The mother of the processes and the bank. Use as a context manager; nothing of it outlives the block."""

    def __init__(self, plan: PayPlan) -> None:
        self.plan = plan
        self.town = BankTown(plan)
        self.record = PayRecord(seen=self.town.seen)
        self._running = ExitStack()
        self._events: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        self._mother: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        """Start the mother and the bank."""
        with self._running as running:
            read_end, life_line = os.pipe()
            running.callback(os.close, life_line)
            command = [sys.executable, "-m", "bench.crash_payables_clerk", str(read_end)]
            with (self.plan.folder / "mother.log").open("wb") as log:
                mother = subprocess.Popen(
                    command,
                    cwd=ROOT,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=log,
                    pass_fds=(read_end,),
                    bufsize=0,
                )
            os.close(read_end)
            running.callback(_end, mother)
            self._mother = mother
            threading.Thread(target=self._listen, args=(mother.stdout,), daemon=True).start()
            if self._event(START_LIMIT_S).get("event") != "loaded":
                raise RuntimeError(f"the process could not be loaded: {self._log('mother')}")
            self.town.start()
            running.callback(self.town.stop)
            self._running = running.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End everything."""
        self._running.close()

    def run(self, on_progress: Callable[[int], None] = lambda _count: None) -> PayRecord:
        """Carry out every order, then let everything come to its end."""
        began_s = time.monotonic()
        stale = 0
        waiting = list(self.plan.orders)
        while waiting and not self.record.problems:
            died = self._one_death(waiting[0])
            if died is None:
                stale += 1
                waiting.append(waiting.pop(0))
                if stale > STALE_MAX:
                    self.record.problems.append(f"the points {sorted({str(one.point) for one in waiting})} do not come")
                continue
            waiting.pop(0)
            self.record.kills[died] += 1
            on_progress(self.record.kills.total())
        if not self.record.problems:
            self._end_quietly()
        if self.town.failed:
            self.record.problems.append(f"the bank failed: {self.town.failed}")
        self.record.seconds = time.monotonic() - began_s
        return self.record

    def _one_death(self, order: KillOrder) -> str | None:
        """Start, wait for the death, and return where it was; None when the point did not come in time."""
        pid = self._start(order)
        place: str | None = None
        at_random = order.point is PayPoint.AT_RANDOM
        early = at_random and order.passing == EARLY
        deadline_s = time.monotonic() + (order.delay_s if early else STALE_AFTER_S)
        while True:
            event = self._event(max(0.0, deadline_s - time.monotonic()))
            if event.get("event") == "dying":
                place = str(event["point"])
            elif event.get("event") == "ready" and at_random and not early:
                deadline_s = time.monotonic() + order.delay_s
            elif event.get("event") == "ended":
                self._check_end(event)
                return place
            elif not event and time.monotonic() >= deadline_s:
                place = str(order.point) if at_random else place
                kill(pid)
                deadline_s = time.monotonic() + START_LIMIT_S

    def _check_end(self, event: dict[str, Any]) -> None:
        if event["code"] != -9:
            self.record.problems.append(f"the process ended by itself with code {event['code']}: {self._log('clerk')}")

    def _end_quietly(self) -> None:
        """Let one more start bring everything to its end, until neither it nor the bank has anything left to do."""
        self.town.finish()
        pid = self._start(None)
        idle = 0
        until_s = time.monotonic() + QUIET_LIMIT_S
        while idle < IDLE_NEEDED:
            event = self._event(1.0)
            if event.get("event") == "ended":
                self._check_end(event)
                return
            # A turn that began before the bank was quiet says nothing.
            settled = self.town.quiet.is_set() and not any(self.town.bank.incoming.glob("[!.]*"))
            idle = idle + 1 if settled and event.get("event") == "idle" else 0
            if time.monotonic() > until_s or self.town.failed:
                self.record.problems.append("not everything came to an end")
                break
        kill(pid)
        while self._event(START_LIMIT_S).get("event") not in ("ended", None):
            pass

    def _start(self, order: KillOrder | None) -> int:
        words = {
            "node": 1,
            "log": str(self.plan.folder / "clerk.log"),
            "url": self.plan.database_url,
            "bank": str(self.plan.bank),
            "order": None if order is None else asdict(order),
            "careless": self.plan.careless,
            "finish": order is None,
            "holder": str(self.plan.folder / "holder"),
        }
        if self._mother is None or self._mother.stdin is None:
            raise RuntimeError("the harness is not open")
        self._mother.stdin.write(json.dumps(words).encode() + b"\n")
        self._mother.stdin.flush()
        event = self._event(START_LIMIT_S)
        while event.get("event") not in ("started", None):
            event = self._event(START_LIMIT_S)
        return int(event["pid"])

    def _event(self, timeout_s: float) -> dict[str, Any]:
        """Return the next word of mother or process; nothing when there is none in time."""
        try:
            return self._events.get(timeout=timeout_s) if timeout_s > 0 else self._events.get_nowait()
        except queue.Empty:
            return {}

    def _listen(self, output: IO[bytes]) -> None:
        with os.fdopen(os.dup(output.fileno()), "rb") as reader:
            for line in reader:
                self._events.put(json.loads(line))

    def _log(self, name: str) -> str:
        path = self.plan.folder / f"{name}.log"
        return path.read_text(encoding="utf-8", errors="replace")[-2_000:] if path.exists() else ""


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.stdin is not None:
        process.stdin.close()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout is not None:
        process.stdout.close()
