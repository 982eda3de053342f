"""The report of the doctor: what is broken, what is only missing, and no secret in it."""

from __future__ import annotations

import socket
from pathlib import Path

from gateway.commands.doctor import Check, State, exit_code, report, text_of
from gateway.configuration.settings import load_settings
from gateway.domain.errors import ConfigurationError

_ROOT = Path(__file__).resolve().parents[4]


def _by_name(checks: list[Check]) -> dict[str, Check]:
    return {check.name: check for check in checks}


def test_report_when_a_probe_fails_then_it_is_broken_with_its_hint() -> None:
    def unreachable() -> str:
        raise ConfigurationError("database_unreachable", "no answer", "start the server")

    checks = report(
        load_settings(None, {"server.port": 0}, {}), probes={"database": unreachable, "migrations": lambda: "at 3"}
    )

    assert _by_name(checks)["database"] == Check("database", State.BROKEN, "no answer", "start the server")
    assert _by_name(checks)["migrations"] == Check("migrations", State.OK, "at 3")
    assert exit_code(checks) == 1


def test_report_when_nothing_is_broken_then_the_code_is_zero() -> None:
    checks = report(load_settings(_ROOT / "config" / "demo.toml", {"server.port": 0}, {}), probes={}, root=_ROOT)

    assert exit_code(checks) == 0
    assert {"python", "environment", "web port", "terminal terminal-1", "printer printer-1"} <= _by_name(checks).keys()


def test_report_when_the_port_is_taken_then_it_is_noted() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        checks = report(load_settings(None, {"server.port": taken.getsockname()[1]}, {}), probes={})

    assert _by_name(checks)["web port"].state is State.NOTE


def test_report_when_a_serial_line_is_not_there_then_it_is_noted(tmp_path: Path) -> None:
    config = tmp_path / "shop.toml"
    config.write_text(f'[[terminals]]\nid = "front"\nname = "Front"\ntransport = "serial:{tmp_path}/none"\n')

    checks = report(load_settings(config, {"server.port": 0}, {}), probes={})

    assert _by_name(checks)["terminal front"].words == f"{tmp_path}/none is not there"


def test_text_when_made_then_it_shows_fixes_and_settings_but_no_secret() -> None:
    environ = {"TILLBRIDGE_DATABASE__PASSWORD": "hush-hush"}
    settings = load_settings(_ROOT / "config" / "demo.toml", {}, environ)

    text = text_of([Check("database", State.BROKEN, "no answer", "start it")], settings)

    assert "broken  database  no answer\n" in text
    assert "-> start it" in text
    assert "[terminals.terminal-1]" in text
    assert 'password = "set"' in text
    assert "hush-hush" not in text
    assert text.endswith("1 broken\n")
