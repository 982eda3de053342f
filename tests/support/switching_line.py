"""A scripted line with several ways to its devices, each of which answers in the tiny protocol or stays silent."""

from terminal_driver.errors import TransportError
from terminal_driver.transports.base import Way
from tests.support.letter_engine import ScriptedLine

SILENT: dict[bytes, bytes] = {}


class SwitchingLine(ScriptedLine):
    """Fulfils ``SwitchableLine``; ``devices`` says what answers at which way, ``faults`` which cannot be opened."""

    silence_limit_s = 1.0

    def __init__(
        self, devices: dict[Way, dict[bytes, bytes]], *, may_move: bool = False, terminal_id: str = ""
    ) -> None:
        super().__init__()
        self.devices = devices
        self.faults: dict[Way, TransportError] = {}
        self.order = list(devices)
        self.may_move = may_move
        self.terminal_id = terminal_id
        self.proven_way: Way | None = None
        self.present_way = self.order[0]
        self.took: list[Way] = []
        self.opened_ways: list[Way] = []
        self.is_open = False
        self.answers = devices[self.present_way]

    def ways(self) -> tuple[Way, ...]:
        first = [way for way in self.order if way == self.proven_way]
        return tuple(dict.fromkeys(first + self.order))

    def take(self, way: Way) -> None:
        assert not self.is_open or way.device == self.present_way.device
        self.took.append(way)
        self.present_way = way
        self.answers = self.devices.get(way, SILENT)

    def prove(self) -> None:
        self.proven_way = self.present_way

    def open(self) -> None:
        if (fault := self.faults.get(self.present_way)) is not None:
            raise fault
        super().open()
        self.is_open = True
        self.opened_ways.append(self.present_way)
        self.answers = self.devices.get(self.present_way, SILENT)

    def close(self) -> None:
        super().close()
        self.is_open = False
