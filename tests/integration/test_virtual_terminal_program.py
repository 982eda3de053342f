"""The virtual terminal as a program of its own, over real lines; and its journal when the program is killed."""

import json
import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from terminal_driver.engine import EngineEvent
from terminal_driver.operations import SaleRequest
from terminal_driver.outcome import Approved, Baseline, Declined, LastResult, Unknown
from terminal_driver.protocols import EngineOptions, ProtocolName, build_engine, line_kind_of
from terminal_driver.session import TerminalSession
from terminal_driver.transports.urls import from_url
from terminal_driver.virtual.journal import read_journal
from terminal_driver.zvt.engine import ZvtConfig, ZvtEngine
from terminal_driver.zvt.framing import SerialFraming, TcpFraming

DEADLINE_S = 20.0
ROOT = Path(__file__).parents[2]


class Program:
    """A running ``python -m terminal_driver.virtual``."""

    def __init__(self, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "terminal_driver.virtual", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            # What is read ahead of a line would be waited for in vain: select sees the pipe alone.
            bufsize=0,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
        self.url = str(self.read_record()["url"])

    def read_record(self) -> dict[str, object]:
        assert self.process.stdout is not None
        ready, _, _ = select.select([self.process.stdout], [], [], DEADLINE_S)
        assert ready, "the program said nothing in time"
        record: dict[str, object] = json.loads(self.process.stdout.readline())
        return record

    def press(self, keys: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(keys.encode() + b"\n")
        self.process.stdin.flush()

    def await_record(self, **wanted: str) -> None:
        until = time.monotonic() + DEADLINE_S
        while time.monotonic() < until:
            record = self.read_record()
            if all(record.get(name) == value for name, value in wanted.items()):
                return
        raise AssertionError(f"the panel never showed {wanted}")

    def end(self) -> int:
        for stream in (self.process.stdin, self.process.stdout):
            if stream is not None:
                stream.close()
        return self.process.wait(DEADLINE_S)


@contextmanager
def _session(url: str) -> Iterator[TerminalSession]:
    events: list[EngineEvent] = []
    framing = SerialFraming() if url.startswith("pty:") else TcpFraming()
    engine = ZvtEngine(ZvtConfig(t4_s=15.0), framing, lambda _: True)
    session = TerminalSession(engine, from_url(url), events.append)
    yield session
    session.close()


def _request(amount_minor: int) -> SaleRequest:
    return SaleRequest(amount_minor, "978", Baseline())


@pytest.mark.parametrize("where", [pytest.param(["--pty"], marks=pytest.mark.pty), ["--tcp", "127.0.0.1:0"]])
def test_program_sells_by_itself_and_ends_when_its_input_ends(where: list[str], tmp_path: Path) -> None:
    program = Program(*where, "--keys", "--pace", "0", "--journal", str(tmp_path / "journal.jsonl"))

    with _session(program.url) as session:
        outcome = session.transact(_request(4200))
    status = program.end()

    assert isinstance(outcome, Approved)
    assert [entry.amount_minor for entry in read_journal(tmp_path / "journal.jsonl")] == [4200]
    assert status == 0


@pytest.mark.parametrize(
    ("protocol", "where"),
    [
        pytest.param("concert", ["--pty"], marks=pytest.mark.pty),
        ("caisse-ap", ["--tcp", "127.0.0.1:0"]),
        ("nexo", ["--tcp", "127.0.0.1:0", "--message-format", "xml"]),
    ],
)
def test_program_speaks_other_protocols(protocol: str, where: list[str], tmp_path: Path) -> None:
    journal = tmp_path / "journal.jsonl"
    program = Program("--protocol", protocol, *where, "--keys", "--pace", "0", "--journal", str(journal))
    options = EngineOptions(message_format="xml")

    engine = build_engine(ProtocolName(protocol), line_kind_of(program.url), options, lambda _: True)
    session = TerminalSession(engine, from_url(program.url), lambda _: None)
    outcome = session.transact(SaleRequest(4200, "978", Baseline(), reference="one"))
    session.close()
    status = program.end()

    assert isinstance(outcome, Approved)
    assert [entry.amount_minor for entry in read_journal(journal)] == [4200]
    assert status == 0


def test_program_plays_the_first_scenario_of_a_file_and_others_by_key(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(
        '[[scenario]]\nname = "expired"\nsummary = "the card has expired"\n'
        'steps = [{ do = "card" }, { refuse = "card_expired" }, { abort = "card_expired" }]\n',
        "utf-8",
    )
    program = Program("--tcp", "127.0.0.1:0", "--keys", "--pace", "0", "--panel", "--scenario-file", str(path))

    with _session(program.url) as session:
        refused = session.transact(_request(100))
        program.press("scenario approve")
        program.press("scenario expired")
        again = session.transact(_request(100))
    program.end()

    assert isinstance(refused, Declined)
    assert isinstance(again, Declined)
    assert refused.code == "78"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--scenario", "explode"], b"no scenario 'explode'"),
        (["--scenario-file", "{folder}/missing.toml"], b"missing.toml"),
        (["--scenario-file", "{folder}/wrong.toml"], b"wrong.toml: scenario 'mine', step 1"),
        (["--protocol", "concert"], b"concert does not run over tcp"),
        (["--pace", "-1"], b"--pace"),
        (["--pace", "nan"], b"--pace"),
    ],
)
def test_program_refuses_what_it_cannot_do(arguments: list[str], told: bytes, tmp_path: Path) -> None:
    (tmp_path / "wrong.toml").write_text('[[scenario]]\nname = "mine"\nsummary = "x"\nsteps = [{ x = 1 }]', "utf-8")

    done = subprocess.run(
        [sys.executable, "-m", "terminal_driver.virtual", "--tcp", "127.0.0.1:0"]
        + [argument.format(folder=tmp_path) for argument in arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        cwd=ROOT,
        check=False,
        timeout=DEADLINE_S,
    )

    assert done.returncode == 2
    assert told in done.stderr
    assert done.stdout == b""


def test_program_without_keys_sells_on_when_it_has_no_input_and_ends_by_signal(tmp_path: Path) -> None:
    """As a service or a harness starts it: nobody types, nothing is connected to its input."""
    journal = tmp_path / "journal.jsonl"
    program = Program("--tcp", "127.0.0.1:0", "--pace", "0", "--journal", str(journal))
    assert program.process.stdin is not None
    program.process.stdin.close()

    with _session(program.url) as session:
        outcome = session.transact(_request(4200))
    program.process.send_signal(signal.SIGTERM)

    assert program.process.wait(DEADLINE_S) == 0
    assert isinstance(outcome, Approved)
    assert [entry.amount_minor for entry in read_journal(journal)] == [4200]
    program.end()


def test_program_ends_on_sigterm() -> None:
    program = Program("--tcp", "127.0.0.1:0")

    program.process.send_signal(signal.SIGTERM)
    status = program.process.wait(DEADLINE_S)
    program.end()

    assert status == 0


def test_taken_port_and_wrong_address_are_refused() -> None:
    program = Program("--tcp", "127.0.0.1:0", "--keys")
    taken = program.url.removeprefix("tcp:")

    for address in (taken, "nonsense"):
        second = subprocess.run(
            [sys.executable, "-m", "terminal_driver.virtual", "--tcp", address],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            cwd=ROOT,
            check=False,
            timeout=DEADLINE_S,
        )
        assert second.returncode == 2
        assert address.encode() in second.stderr
    assert program.end() == 0


@pytest.mark.crash
def test_booking_survives_the_death_of_the_terminal_and_is_told_afterwards(tmp_path: Path) -> None:
    """Killed between booking and report: the journal alone knows, and the restarted terminal tells it."""
    journal = tmp_path / "journal.jsonl"
    arguments = ["--tcp", "127.0.0.1:0", "--keys", "--pace", "0", "--panel", "--journal", str(journal)]
    program = Program(*arguments, "--scenario", "late_result")

    with _session(program.url) as session:
        outcome = _sale_killed_at(session, program, awaiting="release")
    program.end()
    restarted = Program(*arguments)
    with _session(restarted.url) as session:
        told = session.last_result()
        again = session.transact(_request(1))
    restarted.end()

    assert isinstance(outcome, Unknown)
    assert isinstance(told, LastResult)
    assert (told.data.amount_minor, told.data.code, told.data.receipt_no) == (777, "00", 1)
    assert isinstance(again, Approved)
    assert again.data.receipt_no == 2
    assert [entry.amount_minor for entry in read_journal(journal)] == [777, 1]


def _sale_killed_at(session: TerminalSession, program: Program, *, awaiting: str) -> object:
    """Kill the program with SIGKILL when its panel shows that it waits for this, while a sale of 7.77 runs."""

    def kill() -> None:
        program.await_record(awaiting=awaiting)
        program.process.kill()

    killer = threading.Thread(target=kill)
    killer.start()
    outcome = session.transact(_request(777))
    killer.join(DEADLINE_S)
    return outcome
