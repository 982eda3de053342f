"""The command ``simulate``: a simulated terminal, with the arguments of ``python -m terminal_driver.virtual``."""

from collections.abc import Sequence

from terminal_driver.tools.console import Console
from terminal_driver.virtual.terminal_program import run


def simulate(words: Sequence[str], console: Console) -> int:
    """Run the simulator with its own arguments until a signal or the end of its keys; returns the exit status."""
    return run(words, console.keys, console.out)
