"""The command `connector list | check FILE | new NAME`: connectors for ERPs, tried and begun.

`check` tries the connection of a mapping file, without writing anything; `new` works in a checkout.
"""

import argparse
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path

from gateway.adapters.clock import SystemClock
from gateway.adapters.connector_registry import connectors_known
from gateway.adapters.erp_account_file import checkout, open_connector
from gateway.commands.new_connector import new_connector
from gateway.domain.errors import ConfigurationError, GatewayError

ROOT = Path(__file__).resolve().parent.parent.parent


def main(words: Sequence[str]) -> int:
    """Run the command; return its exit code: 0 fine, 1 something has to be corrected."""
    options = _options(words)
    try:
        match options.command:
            case "list":
                return _list()
            case "check":
                return _check(Path(options.file))
            case _:
                return _new(options.name)
    except GatewayError as error:
        sys.stderr.write(f"{error.message} {error.hint}".strip() + "\n")
        return 1


def _list() -> int:
    for name, point in sorted(connectors_known(checkout()).items()):
        sys.stdout.write(f"{name}: {_title(point.value)}\n")
    return 0


def _title(value: str) -> str:
    """Return the title of a connector's manifest, its place where it has none here."""
    manifest = ROOT.joinpath(*value.partition(":")[0].split(".")[:-1]) / "manifest.toml"
    return str(tomllib.loads(manifest.read_text(encoding="utf-8"))["title"]) if manifest.is_file() else value


def _check(path: Path) -> int:
    connector = open_connector(path, path.stem, SystemClock())
    try:
        report = connector.check()
    finally:
        connector.close()
    sys.stdout.write(f"{report.company or 'no name'}, version {report.version or 'not told'}, {report.currency}\n")
    sys.stdout.write(f"  can: {', '.join(sorted(report.capabilities))}\n")
    for one in report.findings:
        sys.stdout.write(f"  {one.field}: {one.wrong} {one.remedy}\n")
    return 1 if report.findings else 0


def _new(name: str) -> int:
    folder = checkout()
    if folder is None:
        raise ConfigurationError("no_checkout", "This works in a checkout of the source only.")
    for path in new_connector(folder, name):
        sys.stdout.write(f"{path.relative_to(folder)}\n")
    sys.stdout.write(f"Change descriptions/{name}.toml; run: python3 run.py test tests/contract/erp/test_{name}.py\n")
    return 0


def _options(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tillbridge connector", description="Connectors for ERPs.")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("list", help="which there are")
    check = commands.add_parser("check", help="try the connection of a mapping file; writes nothing there")
    check.add_argument("file", metavar="FILE")
    new = commands.add_parser("new", help="begin a connector in this checkout, with its contract test")
    new.add_argument("name", metavar="NAME", help="small letters, digits and underscores")
    return parser.parse_args(list(words))
