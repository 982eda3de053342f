import pytest

from terminal_driver.errors import PortBusy
from terminal_driver.transports.memory import Direction, MemoryCable, split_every


def _open_cable(cable: MemoryCable) -> MemoryCable:
    cable.register_end.open()
    cable.device_end.open()
    return cable


def test_delayed_bytes_arrive_when_the_clock_says_so() -> None:
    now = [0.0]
    cable = _open_cable(MemoryCable(clock=lambda: now[0]))
    cable.delay(Direction.TO_DEVICE, 5.0)

    cable.register_end.write(b"late", 1)
    before = cable.device_end.read(10, 0)
    now[0] = 5.0
    after = cable.device_end.read(10, 0)

    assert (before, after) == (b"", b"late")


def test_held_bytes_arrive_glued_after_the_release() -> None:
    cable = _open_cable(MemoryCable())
    cable.hold(Direction.TO_DEVICE)
    cable.register_end.write(b"one", 1)
    cable.register_end.write(b"two", 1)

    before = cable.device_end.read(10, 0)
    cable.release(Direction.TO_DEVICE)

    assert before == b""
    assert cable.device_end.read(10, 0) == b"onetwo"


def test_shaped_bytes_arrive_in_pieces() -> None:
    cable = _open_cable(MemoryCable())
    cable.shape(Direction.TO_REGISTER, split_every(2))

    cable.device_end.write(b"abcde", 1)

    assert [cable.register_end.read(10, 0) for _ in range(4)] == [b"ab", b"cd", b"e", b""]


def test_silenced_cable_loses_bytes_without_an_error() -> None:
    cable = _open_cable(MemoryCable())

    cable.silence()
    cable.register_end.write(b"lost", 1)
    nothing = cable.device_end.read(10, 0)
    cable.restore()
    cable.register_end.write(b"there", 1)

    assert nothing == b""
    assert cable.device_end.read(10, 0) == b"there"


def test_an_end_has_one_owner() -> None:
    cable = _open_cable(MemoryCable())

    with pytest.raises(PortBusy):
        cable.register_end.open()
