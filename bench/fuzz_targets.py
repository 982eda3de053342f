"""What is fuzzed: every decoder of the terminal driver, its engines in the middle of a sale, and what reads traces."""

import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from bench.recorded_sale import SALE, RecordedSale, record_sale
from terminal_driver.caisse_ap import messages as caisse_ap
from terminal_driver.caisse_ap import tlv
from terminal_driver.concert.frame import FrameReader, decode_frame
from terminal_driver.concert.layout import cut
from terminal_driver.concert.messages import decode_answer, decode_request
from terminal_driver.errors import RemoteProtocolError
from terminal_driver.line_secrets import cut_line_secrets
from terminal_driver.nexo.binding import BINDINGS, MessageFormat
from terminal_driver.nexo.framing import LengthFraming
from terminal_driver.protocols import (
    PROTOCOLS,
    EngineOptions,
    LineKind,
    ProtocolName,
    available,
    build_engine,
)
from terminal_driver.tools.decode_command import explainer
from terminal_driver.tools.explanation import Layer, Question
from terminal_driver.zvt.apdu import decode_apdu
from terminal_driver.zvt.commands import decode_command
from terminal_driver.zvt.fields import COMPLETION, STATUS_ENQUIRY, Direction, decode_fields
from terminal_driver.zvt.framing import FrameReceived, SerialFraming, TcpFraming
from terminal_driver.zvt.messages import decode_message
from terminal_driver.zvt.tlv import parse_tlv

ENGINE_COSTS = 20


@dataclass(frozen=True, slots=True)
class Target:
    """One decoder. ``valid``: messages to begin with; ``decode``: may raise nothing but ``RemoteProtocolError``.

    ``costs``: how many decoders one input is worth: an engine goes through a part of a sale for each.
    """

    name: str
    valid: tuple[bytes, ...]
    decode: Callable[[bytes], object]
    costs: int = 1


def targets() -> Iterator[Target]:
    """Yield all targets; a sale of each protocol is made for it."""
    serial = record_sale(ProtocolName.ZVT, LineKind.SERIAL)
    bare = record_sale(ProtocolName.ZVT, LineKind.TCP)
    yield from _zvt_codecs(serial, bare)
    yield from _french_codecs()
    yield from _nexo_codecs()
    yield Target("trace secrets", serial.bursts + bare.bursts, cut_line_secrets)
    for protocol in available():
        for line_kind in PROTOCOLS[protocol].lines:
            recorded = record_sale(protocol, line_kind)
            receive = _engine(protocol, line_kind, recorded.to_register)
            yield Target(f"{protocol} engine, {line_kind}", recorded.to_register, receive, ENGINE_COSTS)


def _zvt_codecs(serial: RecordedSale, bare: RecordedSale) -> Iterator[Target]:
    framing = SerialFraming()
    events = framing.feed(b"".join(serial.to_terminal)) + framing.feed(b"".join(serial.to_register))
    blocks = tuple(event.apdu for event in events if isinstance(event, FrameReceived))
    containers = tuple(bytes.fromhex(text) for text in ("1F0701022507054B41535345", "260C0A0206D30A0206D10A0204FF"))
    explain = explainer(ProtocolName.ZVT)
    yield Target("zvt apdu", blocks, _zvt_block)
    yield Target("zvt tlv", containers + blocks, parse_tlv)
    yield Target("zvt serial framing", serial.bursts, _zvt_serial)
    yield Target("zvt tcp framing", bare.bursts, lambda data: TcpFraming().feed(data))
    yield Target("zvt explained", serial.bursts + blocks, lambda data: explain(data, Question(Layer.AUTO)))


def _zvt_block(block: bytes) -> None:
    apdu = decode_apdu(block)
    for direction in Direction:
        _tolerated(functools.partial(decode_fields, apdu.control, apdu.data, direction))
    _tolerated(lambda: decode_command(apdu))
    decode_message(apdu, STATUS_ENQUIRY if apdu.control == COMPLETION else None)


def _tolerated(decode: Callable[[], object]) -> None:
    try:
        decode()
    except RemoteProtocolError:
        return


def _zvt_serial(data: bytes) -> None:
    framing = SerialFraming()
    framing.feed(data)
    framing.gap_expired()


def _french_codecs() -> Iterator[Target]:
    def concert(data: bytes) -> None:
        list(FrameReader().feed(data))
        message = decode_frame(data)
        cut(message)
        _tolerated(lambda: decode_request(message))
        decode_answer(message)

    recorded = record_sale(ProtocolName.CONCERT, LineKind.SERIAL)
    yield Target("concert", recorded.bursts, concert)
    recorded = record_sale(ProtocolName.CAISSE_AP, LineKind.TCP)
    yield Target("caisse-ap", recorded.bursts, lambda data: caisse_ap.decode_answer(tlv.decode(data)))


def _nexo_codecs() -> Iterator[Target]:
    def frame(data: bytes) -> None:
        framing = LengthFraming()
        framing.feed(data)
        while framing.take() is not None:
            pass

    frames: list[bytes] = []
    for message_format in MessageFormat:
        recorded = record_sale(ProtocolName.NEXO, LineKind.TCP, message_format.value)
        frames += recorded.bursts
        framing, bodies = LengthFraming(), list[bytes]()
        framing.feed(b"".join(recorded.bursts))
        while (body := framing.take()) is not None:
            bodies.append(body)
        yield Target(f"nexo {message_format}", tuple(bodies), BINDINGS[message_format].decode)
    yield Target("nexo frame", tuple(frames), frame)


def _engine(protocol: ProtocolName, line_kind: LineKind, recorded: tuple[bytes, ...]) -> Callable[[bytes], None]:
    """Return what gives an input to a register's engine somewhere in a sale, and lets the time run out."""

    def receive(data: bytes) -> None:
        engine = build_engine(protocol, line_kind, EngineOptions(), lambda _data: True)
        engine.start_registration(0.0)
        now_s, asked = 0.0, False
        for burst in (*recorded[: sum(data) % len(recorded)], data):
            if not engine.busy and not asked:
                engine.start_operation(SALE, now_s)
                asked = True
            now_s += 0.001
            _tolerated(functools.partial(engine.receive, burst, now_s))
            while engine.next_event() is not None:
                pass
        if (due := engine.deadline()) is not None:
            engine.expire(due)

    return receive
