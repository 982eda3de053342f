"""The command ``diagnose``: says what is wrong with a line to a terminal, and what to do. It never moves money."""

import argparse
from threading import Event

from terminal_driver.diagnosis import Step, diagnose
from terminal_driver.tools.console import DONE, REFUSED, Console
from terminal_driver.tools.interruption import GivenUp, run_interruptibly
from terminal_driver.tools.terminal_link import declare_link, link_of


def declare(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.epilog = "Exit status: 0 payments are possible; 1 they are not; 2 wrong arguments."
    declare_link(parser)
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(options: argparse.Namespace, console: Console) -> int:
    """Examine the line; returns the exit status.

    Raises:
        DriverError: an argument is wrong.
    """
    link = link_of(options)
    stop = Event()

    def step(done: Step) -> None:
        console.tell(f"{done.at_s:6.1f} s  {done.what}: {done.result}")

    def interrupted(times: int) -> bool:
        stop.set()
        return times == 1

    try:
        report = run_interruptibly(
            lambda: diagnose(link.url, link.protocol, link.options, on_step=step, stopped=stop.is_set), interrupted
        )
    except GivenUp:
        return REFUSED
    if options.json:
        console.result(report.as_record())
    else:
        console.print(f"{report.line}: payments are {'possible' if report.usable else 'NOT possible'}")
        for found in report.findings:
            console.print(f"  {found.gravity}: {found.words} ({found.code})\n    {found.advice}")
    return DONE if report.usable else REFUSED
