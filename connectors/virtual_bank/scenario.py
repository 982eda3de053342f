"""How the virtual bank behaves, as data."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_FILE = Path(__file__).resolve().parent / "scenarios.toml"


@dataclass(frozen=True, slots=True)
class Scenario:
    """One behaviour. Every nth payment is counted from the first of a file, 0: none.

    ``reject_every``: rejects every nth payment with ``reason``; ``reject_file``: the whole file; ``payee_checks``:
    results of verifying payees, one after the other, the payments then wait for a decision unless they match;
    ``answer_after_days``: status reports come so late; ``copies``: how often each message comes; ``backwards``: the
    messages of one round come in reverse; ``silent``: no status report at all; ``execute_after_days``: booked so
    late; ``return_every``, ``return_after_days``, ``return_reason``: money that comes back; ``batch``: the statement
    shows one sum for each block; ``charge_minor``: taken for each payment.
    """

    name: str
    reject_every: int = 0
    reject_file: bool = False
    reason: str = "MS03"
    payee_checks: tuple[str, ...] = ()
    answer_after_days: int = 0
    copies: int = 1
    backwards: bool = False
    silent: bool = False
    execute_after_days: int = 0
    return_every: int = 0
    return_after_days: int = 1
    return_reason: str = "AC04"
    batch: bool = False
    charge_minor: int = 0


def scenarios() -> Mapping[str, Scenario]:
    """Return the built-in scenarios by name."""
    with _FILE.open("rb") as file:
        tables = tomllib.load(file)
    return {name: _scenario(name, told) for name, told in tables.items()}


def _scenario(name: str, told: Mapping[str, object]) -> Scenario:
    values = {key: tuple(value) if isinstance(value, list) else value for key, value in told.items()}
    return Scenario(name, **values)  # type: ignore[arg-type]  # a wrong field or type is found by the test of all
