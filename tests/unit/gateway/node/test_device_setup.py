"""Settings of devices become devices; what cannot be one is refused with its name."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.adapters.terminal import DriverTerminal
from gateway.configuration.settings import PrinterSettings, Settings, ShopSettings, TerminalSettings
from gateway.domain.errors import ConfigurationError
from gateway.domain.ids import DeviceId
from gateway.node.device_setup import Devices, engine_options, printer_profile
from gateway.node.shop_plan import terminal_currencies
from terminal_driver.printer.profile import StatusKind


def _settings(tmp_path: Path, **shop: str) -> Settings:
    server = Settings().server.model_copy(update={"data_dir": tmp_path})
    return Settings().model_copy(update={"server": server, "shop": ShopSettings(**shop)})  # type: ignore[arg-type]


def _terminal(transport: str, **changes: object) -> TerminalSettings:
    return TerminalSettings(id="front", name="Front", transport=transport, **changes)  # type: ignore[arg-type]


def _printer(transport: str, **changes: object) -> PrinterSettings:
    return PrinterSettings(id="paper", name="Paper", transport=transport, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("transport", "virtual"),
    [
        ("virtual:memory", True),
        ("virtual:memory?framing=tcp", True),
        pytest.param("virtual:pty", True, marks=pytest.mark.pty),
        ("tcp:127.0.0.1:20007", False),
        ("serial:/dev/ttyS9?baud=9600", False),
    ],
)
def test_terminal_of_every_kind_is_built_without_touching_its_line(
    tmp_path: Path, transport: str, *, virtual: bool
) -> None:
    devices = Devices(_settings(tmp_path))

    terminal = devices.terminal(_terminal(transport))

    assert isinstance(terminal, DriverTerminal)
    assert bool(devices.virtual_shop.terminals()) is virtual
    assert [words.partition(":")[0] for words in devices.words] == ["Front"]
    devices.stop()


def test_protocol_of_a_virtual_terminal_is_its_transports_own() -> None:
    terminal = _terminal("virtual:pty?protocol=concert")

    assert (terminal.spoken, terminal.line_kind) == ("concert", "serial")
    assert _terminal("virtual:memory?protocol=nexo").line_kind == "tcp"
    assert _terminal("virtual:memory?framing=tcp").line_kind == "tcp"


@pytest.mark.parametrize(("transport", "protocol"), [("serial:/dev/ttyS9", "nexo"), ("tcp:127.0.0.1:8888", "concert")])
def test_protocol_that_does_not_run_over_the_line_then_refused(transport: str, protocol: str) -> None:
    with pytest.raises(ValueError, match=f"{protocol} runs over"):
        _terminal(transport, protocol=protocol)


def test_options_of_a_terminal_reach_its_engine(tmp_path: Path) -> None:
    terminal = _terminal("tcp:127.0.0.1:7778", protocol="nexo", register_no="07", terminal_id="POI-1", currency="CHF")

    options = engine_options(terminal, _settings(tmp_path, language="de"))

    assert (options.register_no, options.terminal_id, options.currency_numeric) == ("07", "POI-1", "756")
    assert (options.language, options.config_byte, options.answer_timeout_s) == ("de", None, None)


@pytest.mark.parametrize(
    "transport",
    ["virtual:memory", "tcp:127.0.0.1:9100", "serial:/dev/ttyS9?baud=19200", "file:/dev/usb/lp9", "usb:04b8:0e15/7"],
)
def test_printer_of_every_kind_is_built_without_touching_its_line(tmp_path: Path, transport: str) -> None:
    devices = Devices(_settings(tmp_path))

    devices.printer(_printer(transport))

    assert bool(devices.virtual_shop.printers()) is transport.startswith("virtual")
    devices.stop()


def test_line_that_is_none_of_a_printer_then_refused_by_name(tmp_path: Path) -> None:
    devices = Devices(_settings(tmp_path))

    with pytest.raises(ConfigurationError) as refusal:
        devices.printer(_printer("pty:/dev/pts/9"))

    assert refusal.value.code == "invalid_transport"
    assert "paper" in refusal.value.message


def test_usb_printer_as_a_terminal_then_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as refusal:
        Devices(_settings(tmp_path)).terminal(_terminal("usb:04b8:0e15"))

    assert refusal.value.code == "invalid_transport"
    assert "front" in refusal.value.message


def test_profile_follows_the_settings() -> None:
    narrow = printer_profile(_printer("file:/dev/usb/lp9", width_mm=58, columns=32, code_page="cp437"))
    wide = printer_profile(_printer("tcp:127.0.0.1:9100"))

    assert (narrow.columns, narrow.dots, narrow.code_page, narrow.status) == (32, 384, "cp437", StatusKind.NONE)
    assert (wide.dots, wide.status) == (576, StatusKind.ORDERED)
    assert printer_profile(None).columns == wide.columns


def test_currency_of_a_terminal_is_its_own_or_the_shops(tmp_path: Path) -> None:
    terminals = (
        _terminal("virtual:memory"),
        TerminalSettings(id="back", name="B", transport="virtual:memory", currency="CHF"),
    )
    settings = _settings(tmp_path, currency="SEK").model_copy(update={"terminals": terminals})

    found = terminal_currencies(settings)

    assert {name: currency.code for name, currency in found.items()} == {
        DeviceId("front"): "SEK",
        DeviceId("back"): "CHF",
    }
