"""The command `erp sandbox`: runs the ERP that comes with us, to try connectors out, on this machine only."""

import argparse
import sys
from collections.abc import Sequence

from gateway.machine.stop_wish import StopWish

PORT = 8790


def main(words: Sequence[str]) -> int:
    """Run the command until it is told to stop; return its exit code: 0 stopped, 1 it cannot run."""
    options = _options(words)
    try:
        from connectors.sandbox_erp.books import Books  # noqa: PLC0415 - an optional dependency
        from connectors.sandbox_erp.faults import FaultPlan  # noqa: PLC0415 - see above
        from connectors.sandbox_erp.server import SandboxErp  # noqa: PLC0415 - see above
    except ModuleNotFoundError as error:
        sys.stderr.write(f"The Python module {error.name} is missing: pip install 'tillbridge[erp]'\n")
        return 1
    books = Books(options.data)
    try:
        erp = SandboxErp(books, port=options.port, faults=FaultPlan(options.faults, options.seed))
    except OSError as error:
        sys.stderr.write(f"Port {options.port} cannot be used: {error.strerror}. Choose another with --port.\n")
        books.close()
        return 1
    stop = StopWish()
    stop.listen()
    with erp:
        login = erp.login
        told = (
            f"The sandbox ERP is ready: {erp.address}",
            f"  REST {erp.address}/api/v1   SOAP {erp.address}/soap?wsdl",
            f"  user {login.user}, password and key {login.password}",
            f"  what it booked: {erp.address}/control/journal",
            "Ctrl+C stops it.",
        )
        sys.stdout.write("\n".join(told) + "\n")
        sys.stdout.flush()
        stop.wait()
    books.close()
    return 0


def _options(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tillbridge erp", description="An ERP to try connectors out.")
    commands = parser.add_subparsers(dest="command", required=True)
    sandbox = commands.add_parser("sandbox", help="run the sandbox ERP on this machine")
    sandbox.add_argument("--port", type=int, default=PORT, help=f"0 for any that is free (default {PORT})")
    sandbox.add_argument("--data", default=":memory:", metavar="FILE", help="keep its books in this file")
    sandbox.add_argument("--faults", type=_share, default=0.0, metavar="RATE", help="share of calls that go wrong")
    sandbox.add_argument("--seed", type=int, default=0, metavar="N", help="the same seed, the same faults")
    return parser.parse_args(list(words))


def _share(text: str) -> float:
    found = float(text)
    if not 0 <= found <= 1:
        raise argparse.ArgumentTypeError("0 to 1")
    return found
