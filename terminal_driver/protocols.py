"""The registry of wire protocols: which there are, what each can do, and how its engine and its simulator are built.

Whoever wants to speak to a terminal names a protocol, never a module of it. A builder imports the modules of its
protocol when it is called: a program that speaks one protocol loads one.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, TypeVar

from terminal_driver.currencies import exact_numeric
from terminal_driver.engine import AcceptResult, Engine
from terminal_driver.errors import LocalProtocolError
from terminal_driver.transports.base import DeviceLine

if TYPE_CHECKING:
    from terminal_driver.virtual.device_dialogue import Surroundings
    from terminal_driver.virtual.journal import Journal
    from terminal_driver.virtual.scenarios import Scenario
    from terminal_driver.virtual.terminal import VirtualTerminal
    from terminal_driver.zvt.framing import Framing

BuilderT = TypeVar("BuilderT")

PASSWORD_OF_MAKERS = "000000"  # noqa: S105 - what terminals are delivered with, no secret
"""The password terminals are delivered with."""


class ProtocolName(StrEnum):
    """The wire protocols, by the names settings and commands use."""

    ZVT = "zvt"
    CONCERT = "concert"
    CAISSE_AP = "caisse-ap"
    NEXO = "nexo"


class LineKind(StrEnum):
    """What a line is to a protocol: a serial line needs frames and checksums, a TCP connection does not."""

    SERIAL = "serial"
    TCP = "tcp"


@dataclass(frozen=True, slots=True)
class Protocol:
    """What a protocol can do.

    ``title``: for people. ``lines``: first the usual one. ``port_default``: TCP port when none is named; None where the
    protocol knows no TCP. ``password``: the terminal asks for one at registration. ``tells_last_result``: a lost answer
    can be asked for; where it cannot, a person decides. ``numbered``: it is judged by the numbers known before, so they
    have to be asked for first. ``per_command``: it wants a connection per command. ``stop_bits``: of its serial line.
    """

    name: ProtocolName
    title: str
    lines: tuple[LineKind, ...]
    port_default: int | None
    password: bool
    tells_last_result: bool
    numbered: bool = False
    per_command: bool = False
    stop_bits: int = 2


PROTOCOLS: dict[ProtocolName, Protocol] = {
    ProtocolName.ZVT: Protocol(
        ProtocolName.ZVT,
        "ZVT (Germany, Austria, Switzerland)",
        (LineKind.SERIAL, LineKind.TCP),
        20007,
        password=True,
        tells_last_result=True,
        numbered=True,
    ),
    ProtocolName.CONCERT: Protocol(
        ProtocolName.CONCERT,
        "Concert V2 / Caisse E+ (France, serial)",
        (LineKind.SERIAL,),
        None,
        password=False,
        tells_last_result=False,
        stop_bits=1,
    ),
    ProtocolName.CAISSE_AP: Protocol(
        ProtocolName.CAISSE_AP,
        "Caisse-AP / Concert V3 (France, network)",
        (LineKind.TCP,),
        8888,
        password=False,
        tells_last_result=True,
        per_command=True,
    ),
    ProtocolName.NEXO: Protocol(
        ProtocolName.NEXO,
        "nexo Retailer (network)",
        (LineKind.TCP,),
        7778,
        password=False,
        tells_last_result=True,
    ),
}
"""Every protocol, whether or not its builders are part of this installation (see :func:`available`)."""


@dataclass(frozen=True, slots=True)
class EngineOptions:
    """How one terminal is spoken to; a protocol ignores what it does not know.

    Attributes:
        password: exactly six digits (ZVT), else ``build_engine`` refuses it with ``bad_password``.
        currency_numeric: exactly three digits, ISO 4217; else refused with ``bad_currency``.
        language: ``en`` or ``de``: of the words the driver adds itself.
        register_no: digits by which the terminal tells registers apart.
        terminal_id: the terminal we mean, empty for whichever answers (nexo: POIID).
        answer_timeout_s: seconds to the answer to a command; None for the protocol's own.
        completion_timeout_s: seconds of silence while a command runs; None for the protocol's own.
        config_byte: bits of the registration (ZVT 06 00); None for the usual ones.
        payment_type: BMP 19 of a sale (ZVT); None leaves it out.
        message_format: ``json`` or ``xml`` (nexo).
        service_id_first: number of the first message without a reference (nexo); None begins anywhere.
    """

    password: str = field(default=PASSWORD_OF_MAKERS, repr=False)
    currency_numeric: str = "978"
    language: str = "en"
    register_no: str = "01"
    terminal_id: str = ""
    answer_timeout_s: float | None = None
    completion_timeout_s: float | None = None
    config_byte: int | None = None
    payment_type: int | None = None
    message_format: str = "json"
    service_id_first: int | None = None


@dataclass(frozen=True, slots=True)
class SimulatorOptions:
    """What a simulated terminal is and does.

    Attributes:
        scenario: scenario of the coming sales, or its name.
        journal: bookings; None for a new one in memory.
        terminal_id: eight digits.
        currency_numeric: three digits, ISO 4217.
        language: ``de`` or ``en``, of display and receipts.
        auto_pace: factor on the scenario's waiting times for an unattended terminal; None: a person presses the keys.
        patience_minutes: how long the register is asked to wait for the cardholder, 1 to 99; None does not ask.
        wall: local time with zone, as terminals keep it; None for the machine's.
        message_format: ``json`` or ``xml`` (nexo).
    """

    scenario: "Scenario | str" = "approve"
    journal: "Journal | None" = None
    terminal_id: str = "52500041"
    currency_numeric: str = "978"
    language: str = "de"
    auto_pace: float | None = None
    patience_minutes: int | None = 2
    wall: Callable[[], datetime] | None = None
    message_format: str = "json"


def line_kind_of(url: str) -> LineKind:
    """Return what the line a transport URL names is to a protocol (see ``transports.urls``)."""
    return LineKind.TCP if url.partition(":")[0] in {"tcp", "tls"} else LineKind.SERIAL


def completed_url(url: str, protocol: ProtocolName) -> str:
    """Return a transport URL with what the text leaves out: port, connection per command, stop bits."""
    scheme, _, rest = url.partition(":")
    known = PROTOCOLS[protocol]
    target, _, query = rest.partition("?")
    options = [option for option in query.split("&") if option]
    if scheme == "serial" and known.stop_bits != 2 and not any(option.startswith("stopbits=") for option in options):
        return f"{scheme}:{target}?{'&'.join([*options, f'stopbits={known.stop_bits}'])}"
    if scheme not in {"tcp", "tls"}:
        return url
    if known.port_default is not None and not target.rpartition("]")[2].partition(":")[2]:
        target = f"{target.removesuffix(':')}:{known.port_default}"
    if known.per_command and not any(option.startswith("per_command=") for option in options):
        options.append("per_command=on")
    return f"{scheme}:{target}" + (f"?{'&'.join(options)}" if options else "")


def available() -> tuple[ProtocolName, ...]:
    """Return the protocols an engine can be built for."""
    return tuple(_ENGINES)


def build_engine(protocol: ProtocolName, line_kind: LineKind, options: EngineOptions, accept: AcceptResult) -> Engine:
    """Return the register's side of a dialogue; nothing is opened or sent.

    Args:
        protocol: which to speak.
        line_kind: over what.
        options: how.
        accept: asked before a successful result is acknowledged; it must not raise.

    Raises:
        LocalProtocolError: ``protocol_missing``, ``wrong_line`` when the protocol does not run over such a line, or a
            value that does not fit its field.
    """
    exact_numeric(options.currency_numeric)
    return _found(_ENGINES, protocol, line_kind)(line_kind, options, accept)


def build_simulator(
    protocol: ProtocolName, line: DeviceLine, line_kind: LineKind, options: SimulatorOptions
) -> "VirtualTerminal":
    """Return a simulated terminal at the device's end of a line; it is started by the caller.

    Raises:
        LocalProtocolError: as :func:`build_engine`.
        ValueError: there is no scenario of this name.
    """
    return _found(_SIMULATORS, protocol, line_kind)(line, line_kind, options)


def _found(builders: dict[ProtocolName, BuilderT], protocol: ProtocolName, line_kind: LineKind) -> BuilderT:
    if line_kind not in PROTOCOLS[protocol].lines:
        lines = " or ".join(PROTOCOLS[protocol].lines)
        raise LocalProtocolError("wrong_line", f"{protocol} does not run over {line_kind}", f"use a {lines} line")
    builder = builders.get(protocol)
    if builder is None:
        raise LocalProtocolError("protocol_missing", f"{protocol} is not part of this installation")
    return builder


def _zvt_framing(line_kind: LineKind) -> "Framing":
    from terminal_driver.zvt.framing import SerialFraming, TcpFraming

    return SerialFraming() if line_kind is LineKind.SERIAL else TcpFraming()


def _zvt_engine(line_kind: LineKind, options: EngineOptions, accept: AcceptResult) -> Engine:
    from terminal_driver.zvt.engine import T3_S, T4_S, ZvtConfig, ZvtEngine
    from terminal_driver.zvt.status_codes import Language

    usual = ZvtConfig()
    config = ZvtConfig(
        password=options.password,
        config_byte=usual.config_byte if options.config_byte is None else options.config_byte,
        currency_numeric=options.currency_numeric,
        payment_type=options.payment_type,
        language=Language(options.language),
        t3_s=T3_S if options.answer_timeout_s is None else options.answer_timeout_s,
        t4_s=T4_S if options.completion_timeout_s is None else options.completion_timeout_s,
    )
    return ZvtEngine(config, _zvt_framing(line_kind), accept)


def _zvt_simulator(line: DeviceLine, line_kind: LineKind, options: SimulatorOptions) -> "VirtualTerminal":
    from terminal_driver.virtual.local_time import local_time
    from terminal_driver.virtual.zvt_terminal import zvt_terminal
    from terminal_driver.zvt.device_engine import DeviceConfig, ZvtDeviceEngine
    from terminal_driver.zvt.status_codes import Language

    config = DeviceConfig(terminal_id=options.terminal_id, currency_numeric=options.currency_numeric)
    return zvt_terminal(
        ZvtDeviceEngine(_zvt_framing(line_kind), config),
        line,
        scenario=options.scenario,
        journal=options.journal,
        terminal_id=options.terminal_id,
        currency=options.currency_numeric,
        language=Language(options.language),
        auto_pace=options.auto_pace,
        patience_minutes=options.patience_minutes,
        wall=options.wall or local_time,
    )


def _concert_engine(line_kind: LineKind, options: EngineOptions, accept: AcceptResult) -> Engine:
    from terminal_driver.concert.configuration import ANSWER_S, ConcertConfig
    from terminal_driver.concert.engine import ConcertEngine
    from terminal_driver.concert.link import LinkTimes
    from terminal_driver.zvt.status_codes import Language

    del line_kind  # there is only one
    answer_s = options.answer_timeout_s
    config = ConcertConfig(
        register_no=options.register_no,
        currency_numeric=options.currency_numeric,
        language=Language(options.language),
        times=LinkTimes() if answer_s is None else LinkTimes(ready_s=answer_s, confirm_s=answer_s),
        answer_s=ANSWER_S if options.completion_timeout_s is None else options.completion_timeout_s,
    )
    return ConcertEngine(config, accept)


def _caisse_ap_engine(line_kind: LineKind, options: EngineOptions, accept: AcceptResult) -> Engine:
    from terminal_driver.caisse_ap.configuration import ANSWER_S, CaisseApConfig
    from terminal_driver.caisse_ap.engine import CaisseApEngine
    from terminal_driver.zvt.status_codes import Language

    del line_kind  # there is only one
    config = CaisseApConfig(
        register_no=options.register_no,
        currency_numeric=options.currency_numeric,
        language=Language(options.language),
        answer_s=ANSWER_S if options.completion_timeout_s is None else options.completion_timeout_s,
    )
    return CaisseApEngine(config, accept)


def _nexo_engine(line_kind: LineKind, options: EngineOptions, accept: AcceptResult) -> Engine:
    import secrets

    from terminal_driver.nexo.binding import MessageFormat
    from terminal_driver.nexo.configuration import ANSWER_TIMEOUT_S, COMPLETION_TIMEOUT_S, NexoConfig
    from terminal_driver.nexo.engine import NexoEngine
    from terminal_driver.nexo.service_ids import COUNTED_MAX
    from terminal_driver.virtual.local_time import local_time
    from terminal_driver.zvt.status_codes import Language

    del line_kind  # there is only one
    usual, completion_s = NexoConfig(), options.completion_timeout_s
    config = NexoConfig(
        sale_id=options.register_no,
        poi_id=options.terminal_id or usual.poi_id,
        message_format=MessageFormat(options.message_format),
        currency_numeric=options.currency_numeric,
        language=Language(options.language),
        answer_timeout_s=ANSWER_TIMEOUT_S if options.answer_timeout_s is None else options.answer_timeout_s,
        completion_timeout_s=COMPLETION_TIMEOUT_S if completion_s is None else completion_s,
    )
    # Begun anywhere, so that no number of an earlier run comes again soon.
    first = secrets.randbelow(COUNTED_MAX) if options.service_id_first is None else options.service_id_first
    return NexoEngine(config, accept, local_time, first)


def _surroundings(options: SimulatorOptions) -> "Surroundings":
    from terminal_driver.virtual.device_dialogue import Surroundings
    from terminal_driver.virtual.journal import Journal
    from terminal_driver.virtual.local_time import local_time
    from terminal_driver.zvt.status_codes import Language

    return Surroundings(
        journal=options.journal or Journal(),
        terminal_id=options.terminal_id,
        currency=options.currency_numeric,
        language=Language(options.language),
        wall=options.wall or local_time,
        auto_pace=options.auto_pace,
        patience_minutes=options.patience_minutes,
    )


def _concert_simulator(line: DeviceLine, line_kind: LineKind, options: SimulatorOptions) -> "VirtualTerminal":
    from terminal_driver.concert.link import LinkTimes
    from terminal_driver.virtual.concert_dialogue import ConcertDialogue
    from terminal_driver.virtual.scenarios import scenario_of
    from terminal_driver.virtual.terminal import VirtualTerminal

    del line_kind  # there is only one
    return VirtualTerminal(ConcertDialogue(_surroundings(options), scenario_of(options.scenario), LinkTimes()), line)


def _caisse_ap_simulator(line: DeviceLine, line_kind: LineKind, options: SimulatorOptions) -> "VirtualTerminal":
    from terminal_driver.virtual.caisse_ap_dialogue import CaisseApDialogue
    from terminal_driver.virtual.scenarios import scenario_of
    from terminal_driver.virtual.terminal import VirtualTerminal

    del line_kind  # there is only one
    return VirtualTerminal(CaisseApDialogue(_surroundings(options), scenario_of(options.scenario)), line)


def _nexo_simulator(line: DeviceLine, line_kind: LineKind, options: SimulatorOptions) -> "VirtualTerminal":
    from terminal_driver.nexo.binding import MessageFormat
    from terminal_driver.virtual.nexo_dialogue import NexoDialogue
    from terminal_driver.virtual.scenarios import scenario_of
    from terminal_driver.virtual.terminal import VirtualTerminal

    del line_kind  # there is only one
    message_format = MessageFormat(options.message_format)
    dialogue = NexoDialogue(_surroundings(options), scenario_of(options.scenario), message_format)
    return VirtualTerminal(dialogue, line)


EngineBuilder = Callable[[LineKind, EngineOptions, AcceptResult], Engine]
SimulatorBuilder = Callable[[DeviceLine, LineKind, SimulatorOptions], "VirtualTerminal"]

# A protocol is added here with two functions as above: one that builds its engine, one that builds its simulator.
_ENGINES: dict[ProtocolName, EngineBuilder] = {
    ProtocolName.ZVT: _zvt_engine,
    ProtocolName.CONCERT: _concert_engine,
    ProtocolName.CAISSE_AP: _caisse_ap_engine,
    ProtocolName.NEXO: _nexo_engine,
}
_SIMULATORS: dict[ProtocolName, SimulatorBuilder] = {
    ProtocolName.ZVT: _zvt_simulator,
    ProtocolName.CONCERT: _concert_simulator,
    ProtocolName.CAISSE_AP: _caisse_ap_simulator,
    ProtocolName.NEXO: _nexo_simulator,
}
