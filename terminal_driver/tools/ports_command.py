"""The command ``ports``: the serial ports of this machine, with maker and serial number, and who may use them."""

import argparse
from dataclasses import asdict

from terminal_driver.tools.console import DONE, Console
from terminal_driver.transports.port_list import PortInfo, list_ports


def declare(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--json", action="store_true", help="print one JSON object a line")


def run(options: argparse.Namespace, console: Console) -> int:
    """List them; returns the exit status."""
    ports = list_ports()
    for port in ports:
        if options.json:
            console.result({**asdict(port), "url": port.url})
        else:
            console.print("  ".join([port.device, port.words, *_hindrances(port), f"--port '{port.url}'"]))
    if not ports:
        console.tell("This machine has no serial port.")
    return DONE


def _hindrances(port: PortInfo) -> list[str]:
    found = [] if port.permitted else [f"no permission: join the group {port.group}" if port.group else "no permission"]
    return [*found, "in use"] if port.owners else found
