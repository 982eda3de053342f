"""The driver as a program: ``python -m terminal_driver NAME ...``, also reached as ``tillbridge terminal NAME ...``.

A command's module is imported when the command is used.
"""

import argparse
import importlib
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, cast

from terminal_driver.errors import DriverError
from terminal_driver.tools.console import DONE, MISUSED, Console


@dataclass(frozen=True, slots=True)
class CommandEntry:
    """One command: the module that does it, and what it does."""

    module: str
    does: str


_MONEY = "terminal_driver.tools.money_command"
_QUIET = "terminal_driver.tools.quiet_command"

COMMANDS = {
    "pay": CommandEntry(_MONEY, "one sale, without the gateway"),
    "refund": CommandEntry(_MONEY, "money back to a card"),
    "reverse": CommandEntry(_MONEY, "undo an approved sale"),
    "reserve": CommandEntry(_MONEY, "reserve an amount on a card"),
    "book": CommandEntry(_MONEY, "complete a reservation by the amount used"),
    "release": CommandEntry(_MONEY, "complete a reservation by the amount not used"),
    "cancel-reservation": CommandEntry(_MONEY, "give a reservation up"),
    "tip": CommandEntry(_MONEY, "add a tip to an approved sale"),
    "last": CommandEntry(_QUIET, "the terminal's last transaction"),
    "status": CommandEntry(_QUIET, "is the terminal ready?"),
    "end-of-day": CommandEntry(_QUIET, "close the terminal's day"),
    "do": CommandEntry(_QUIET, "any other operation that moves no money"),
    "diagnose": CommandEntry("terminal_driver.tools.diagnose_command", "what is wrong with a line, and what to do"),
    "trace": CommandEntry("terminal_driver.tools.trace_command", "write down, show or play back what passes"),
    "simulate": CommandEntry("terminal_driver.tools.simulate_command", "a simulated terminal to try everything with"),
    "ports": CommandEntry("terminal_driver.tools.ports_command", "the serial ports of this machine"),
    "decode": CommandEntry("terminal_driver.tools.decode_command", "explain frames field by field"),
}


class CommandModule(Protocol):
    """What the module of a command offers."""

    def declare(self, parser: argparse.ArgumentParser) -> None:
        """Declare the arguments of the command."""

    def run(self, options: argparse.Namespace, console: Console) -> int:
        """Do it; returns the exit code.

        Raises:
            DriverError: what was asked for cannot be done; said in words by the caller.
        """


def main(arguments: Sequence[str] | None = None, console: Console | None = None, program: str = "") -> int:
    """Run one command and return its exit code.

    Args:
        arguments: without the program's name; None for those of this process.
        console: None for the streams of this process.
        program: how the user called it, for the help.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    console = console or Console(sys.stdin, sys.stdout, sys.stderr)
    program = program or "python -m terminal_driver"
    if not words or words[0] in {"-h", "--help"}:
        console.print(_listing(program))
        return DONE
    name, *rest = words
    if name not in COMMANDS:
        console.tell(f"There is no command {name!r}.\n\n{_listing(program)}")
        return MISUSED
    if name == "simulate":
        from terminal_driver.tools.simulate_command import simulate

        return simulate(rest, console)
    module = cast("CommandModule", importlib.import_module(COMMANDS[name].module))
    parser = argparse.ArgumentParser(prog=f"{program} {name}", description=COMMANDS[name].does)
    module.declare(parser)
    options = parser.parse_args(rest)
    options.command = name
    try:
        return module.run(options, console)
    except DriverError as error:
        console.tell(f"{error} ({error.code})" + (f"\n{error.hint}" if error.hint else ""))
        return MISUSED


def _listing(program: str) -> str:
    width = max(map(len, COMMANDS))
    lines = [f"  {name.ljust(width)}  {entry.does}" for name, entry in COMMANDS.items()]
    return "\n".join([f"{program} NAME ...; NAME is one of", *lines, f"{program} NAME --help tells its arguments."])
