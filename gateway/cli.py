"""The command `tillbridge`: serve, demo, doctor, migrate, seed.

Beside the gateway: terminal, capture, einvoice, statement, soap, erp, connector. For developers: bench, test, check.
"""

import argparse
import logging
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from gateway.configuration.settings import Settings, load_settings
from gateway.domain.errors import GatewayError
from gateway.machine.stop_wish import StopWish

ROOT = Path(__file__).resolve().parent.parent


def main(arguments: Sequence[str] | None = None) -> int:  # noqa: C901, PLR0911 - one for each command
    """Run one command; return its exit code."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if words[:1] in (["test"], ["check"]):
        from gateway.commands.developer_commands import run_check, run_tests

        return run_tests(words[1:]) if words[0] == "test" else run_check(words[1:])
    if words[:1] == ["terminal"]:
        from terminal_driver.tools.command_line import main as terminal_main

        return terminal_main(words[1:], program="tillbridge terminal")
    if words[:1] == ["capture"]:
        from invoice_capture.commands.capture_command import main as capture_main

        return capture_main(words[1:])
    if words[:1] == ["einvoice"]:
        from invoice_capture.commands.einvoice_command import main as einvoice_main

        return einvoice_main(words[1:])
    if words[:1] == ["statement"]:
        from gateway.commands.statement_command import main as statement_main

        return statement_main(words[1:])
    if words[:1] == ["reconcile"]:
        from gateway.commands.reconcile import main as reconcile_main

        return reconcile_main(words[1:])
    if words[:1] == ["soap"]:
        from gateway.commands.soap_command import main as soap_main

        return soap_main(words[1:])
    if words[:1] == ["erp"]:
        from gateway.commands.erp_command import main as erp_main

        return erp_main(words[1:])
    if words[:1] == ["connector"]:
        from gateway.commands.connector_command import main as connector_main

        return connector_main(words[1:])
    if words[:1] == ["bench"]:
        from bench.run import main as bench_main

        return bench_main(words[1:])
    options = _parser().parse_args(words)
    try:
        command = _COMMANDS[options.command]
        return command(_settings(options), options)
    except GatewayError as error:
        print(f"{error.message}\n{error.hint}".strip(), file=sys.stderr)
        return 1


def _settings(options: argparse.Namespace) -> Settings:
    overrides: dict[str, object] = {}
    for pair in options.set or ():
        key, _, value = pair.partition("=")
        overrides[key] = value
    if options.port is not None:
        overrides["server.port"] = options.port
    path = options.config or os.environ.get("TILLBRIDGE_CONFIG")
    if path is None and options.command in {"serve", "demo"} and not overrides.get("database.url"):
        path = ROOT / "config" / "demo.toml"
    return load_settings(Path(path) if path else None, overrides, _environment())


def _environment() -> Mapping[str, str]:
    return {name: value for name, value in os.environ.items() if name != "TILLBRIDGE_CONFIG"}


def serve(settings: Settings, _options: argparse.Namespace) -> int:
    """Run the gateway until it is told to stop (SIGTERM, SIGINT)."""
    from gateway.machine.collector import calm_collector, hold_collector

    hold_collector()
    from gateway.bootstrap import Node, first_administrator
    from gateway.logs.observability import configure_logging
    from gateway.node.server import WebServer

    configure_logging(level=settings.logging.level, log_format=settings.logging.format)
    for library in ("alembic", "apscheduler"):
        # What they tell at every start is about themselves; warnings still pass.
        logging.getLogger(library).setLevel(logging.WARNING)
    stop = StopWish()
    stop.listen()
    node = Node(settings)
    try:
        web = WebServer(node.app, settings.server)
    except OSError as error:
        node.close()
        place = f"{settings.server.host}:{settings.server.port}"
        print(f"{place} cannot be used: {error.strerror}. Choose another port with --port.", file=sys.stderr)
        return 1
    # In this order: before the devices are known every payment would be refused. Who connects meanwhile waits.
    node.start()
    web.start()
    calm_collector()
    print(_banner(node.describe(), web.address, first_administrator(node)), flush=True)
    stop.wait()
    print("Stopping. What is under way at a terminal is settled at the next start.", flush=True)
    web.stop()
    node.stop()
    return 0


def _banner(devices: Sequence[str], address: str, people: Sequence[str]) -> str:
    lines = [f"Tillbridge is ready: {address}", *(f"  {words}" for words in devices)]
    if people:
        lines += ["Sign in with:", *(f"  {words}" for words in people)]
    return "\n".join([*lines, "Ctrl+C stops it."])


def demo(settings: Settings, options: argparse.Namespace) -> int:
    """Make the whole tour without a browser."""
    from gateway.commands.demo_tour import run_tour

    return run_tour(settings, keep=options.keep)


def doctor(settings: Settings, _options: argparse.Namespace) -> int:
    """Say whether this installation can work."""
    from gateway.adapters.clock import SystemClock
    from gateway.bootstrap import database_probes
    from gateway.commands.doctor import exit_code, report, text_of
    from gateway.node.erp_setup import mappings_of, open_connectors
    from gateway.node.payable_setup import bank_profiles

    def profiles() -> str:
        return f"{len(bank_profiles(settings).names())} at hand"

    def erps() -> str:
        opened = open_connectors(mappings_of(settings), SystemClock())
        for connector in opened.values():
            connector.close()
        return f"{len(opened)} of {len(settings.erp)} are called by us"

    probes = database_probes(settings) | {"bank profiles": profiles, "ERPs": erps}
    checks = report(settings, probes=probes, root=ROOT if (ROOT / "run.py").exists() else None)
    print(text_of(checks, settings))
    return exit_code(checks)


def migrate(settings: Settings, _options: argparse.Namespace) -> int:
    """Bring the database to this version's tables."""
    from gateway.adapters.db import schema
    from gateway.bootstrap import make_folders

    make_folders(settings)
    url = settings.database.full_url().get_secret_value()
    before = schema.current(url)
    schema.upgrade(url)
    print(f"Database: {before or 'empty'} -> {schema.current(url)}")
    return 0


def seed(settings: Settings, _options: argparse.Namespace) -> int:
    """Make the first administrator of an empty installation, with a one-time password."""
    from gateway.bootstrap import Node, first_administrator

    node = Node(settings)
    try:
        words = first_administrator(node)
    finally:
        node.close()
    print("\n".join(words) if words else "There are people already; nothing was changed.")
    return 0


_COMMANDS = {"serve": serve, "demo": demo, "doctor": doctor, "migrate": migrate, "seed": seed}


def _parser() -> argparse.ArgumentParser:
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--config", metavar="FILE", help="settings (TOML); see config/production.example.toml")
    shared.add_argument("--port", type=int, help="port of the web server")
    shared.add_argument("--set", action="append", metavar="KEY=VALUE", help="one setting, e.g. shop.name=Corner")
    parser = argparse.ArgumentParser(
        prog="tillbridge",
        description="The gateway between till, card terminal, receipt printer, bank and ERP.",
        epilog="Also: terminal NAME (pays at and examines card terminals, without the gateway), capture FILE... (reads "
        "invoices and receipts), einvoice validate FILE... (judges e-invoices), "
        "statement read FILE... (reads account statements), erp sandbox (an ERP to try connectors out), "
        "connector check FILE (tries the connection to an ERP), "
        "test (runs the tests), check (lint, types, architecture), bench NAME (measures).",
    )
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("serve", parents=[shared], help="run the gateway (without --config: the demo shop)")
    tour = commands.add_parser("demo", parents=[shared], help="make the whole tour without a browser")
    tour.add_argument("--keep", action="store_true", help="keep the tour's data folder")
    commands.add_parser("doctor", parents=[shared], help="say whether this installation can work")
    commands.add_parser("migrate", parents=[shared], help="bring the database to this version's tables")
    commands.add_parser("seed", parents=[shared], help="make the first administrator")
    return parser


if __name__ == "__main__":
    sys.exit(main())
