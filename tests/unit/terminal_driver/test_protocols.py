import pytest

from terminal_driver.errors import LocalProtocolError
from terminal_driver.operations import SaleRequest
from terminal_driver.outcome import Approved, Baseline
from terminal_driver.protocols import (
    PROTOCOLS,
    EngineOptions,
    LineKind,
    ProtocolName,
    SimulatorOptions,
    available,
    build_engine,
    build_simulator,
    completed_url,
    line_kind_of,
)
from terminal_driver.session import TerminalSession
from terminal_driver.transports.memory import MemoryCable

_WAYS = [(name, line_kind) for name in available() for line_kind in PROTOCOLS[name].lines]


def test_table_when_read_then_every_protocol_has_its_row() -> None:
    assert set(PROTOCOLS) == set(ProtocolName)
    assert all(protocol.name is name for name, protocol in PROTOCOLS.items())


@pytest.mark.parametrize(("protocol", "line_kind"), _WAYS)
def test_engine_and_simulator_when_built_for_each_line_then_a_sale_is_approved(
    protocol: ProtocolName, line_kind: LineKind
) -> None:
    cable = MemoryCable()
    engine = build_engine(protocol, line_kind, EngineOptions(), lambda _data: True)
    session = TerminalSession(engine, cable.register_end, lambda _event: None)

    with build_simulator(protocol, cable.device_end, line_kind, SimulatorOptions(auto_pace=0.0)):
        outcome = session.transact(SaleRequest(1234, "978", Baseline(), reference="till-1"))
        session.close()

    assert isinstance(outcome, Approved)


def test_engine_when_line_does_not_carry_the_protocol_then_refused() -> None:
    with pytest.raises(LocalProtocolError) as refusal:
        build_engine(ProtocolName.CONCERT, LineKind.TCP, EngineOptions(), lambda _data: True)

    assert refusal.value.code == "wrong_line"


@pytest.mark.parametrize("password", ["", "12345", "1234567", "12345a", "１２３４５６"])
def test_zvt_engine_when_password_has_not_six_digits_then_refused_instead_of_filled_up(password: str) -> None:
    with pytest.raises(LocalProtocolError) as refusal:
        build_engine(ProtocolName.ZVT, LineKind.TCP, EngineOptions(password=password), lambda _data: True)

    assert refusal.value.code == "bad_password"
    assert password == "" or password not in str(refusal.value)


@pytest.mark.parametrize(("protocol", "line_kind"), _WAYS)
@pytest.mark.parametrize("currency", ["", "97", "0978", "EUR"])
def test_engine_when_currency_has_not_three_digits_then_refused(
    protocol: ProtocolName, line_kind: LineKind, currency: str
) -> None:
    with pytest.raises(LocalProtocolError) as refusal:
        build_engine(protocol, line_kind, EngineOptions(currency_numeric=currency), lambda _data: True)

    assert refusal.value.code == "bad_currency"


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("tcp:h:1", LineKind.TCP),
        ("tls:h:1", LineKind.TCP),
        ("serial:/dev/x", LineKind.SERIAL),
        ("pty:/x", LineKind.SERIAL),
    ],
)
def test_line_kind_when_url_names_a_transport_then_known(url: str, kind: LineKind) -> None:
    assert line_kind_of(url) is kind


@pytest.mark.parametrize(
    ("url", "protocol", "completed"),
    [
        ("tcp:192.0.2.1", ProtocolName.ZVT, "tcp:192.0.2.1:20007"),
        ("tcp:192.0.2.1:5", ProtocolName.NEXO, "tcp:192.0.2.1:5"),
        ("tcp:192.0.2.1", ProtocolName.CAISSE_AP, "tcp:192.0.2.1:8888?per_command=on"),
        ("tcp:h:1?per_command=off", ProtocolName.CAISSE_AP, "tcp:h:1?per_command=off"),
        ("tls:[2001:db8::1]?ca=x", ProtocolName.NEXO, "tls:[2001:db8::1]:7778?ca=x"),
        ("tls:[2001:db8::1]:9", ProtocolName.NEXO, "tls:[2001:db8::1]:9"),
        ("serial:/dev/ttyS0", ProtocolName.ZVT, "serial:/dev/ttyS0"),
        ("serial:/dev/ttyS0", ProtocolName.CONCERT, "serial:/dev/ttyS0?stopbits=1"),
        ("serial:/dev/ttyS0?bits=7E&stopbits=2", ProtocolName.CONCERT, "serial:/dev/ttyS0?bits=7E&stopbits=2"),
        ("pty:/dev/pts/1", ProtocolName.CONCERT, "pty:/dev/pts/1"),
    ],
)
def test_url_when_completed_then_it_has_what_the_protocol_wants(
    url: str, protocol: ProtocolName, completed: str
) -> None:
    assert completed_url(url, protocol) == completed
