"""Finding the terminal's port again, and refusing to guess between ports that look alike."""

from dataclasses import replace

import pytest

from terminal_driver.errors import TransportError
from terminal_driver.transports.port_list import PortInfo
from terminal_driver.transports.port_search import PortQuery, PortSearch

DESK = PortInfo("/dev/ttyACM0", "Ingenico", "Desk", "4711", "0b00:0080", "1-1")
CHEAP = PortInfo("/dev/ttyUSB0", "Maker", "UART", "0001", "10c4:ea60", "1-2")
TWIN = replace(CHEAP, device="/dev/ttyUSB1", location="1-3")
NUMBERLESS = replace(CHEAP, serial_number="")
BUILT_IN = PortInfo("/dev/ttyS0")


class Plugged:
    """The ports that are plugged in at the moment."""

    def __init__(self, *ports: PortInfo) -> None:
        self.ports = ports

    def list(self) -> tuple[PortInfo, ...]:
        return self.ports


def _search(plugged: Plugged, device: str = "auto", **query: object) -> PortSearch:
    return PortSearch(PortQuery(device, lister=plugged.list, **query))  # type: ignore[arg-type]  # passed on


def _code(search: PortSearch) -> str:
    with pytest.raises(TransportError) as error:
        search.candidates()
    return error.value.code


def test_named_port_is_taken_as_it_is_and_nothing_is_listed() -> None:
    def refuse() -> tuple[PortInfo, ...]:
        raise AssertionError("nobody asked for a list")

    search = PortSearch(PortQuery("/dev/ttyUSB0", lister=refuse))
    search.opened("/dev/ttyUSB0")

    assert search.candidates() == ("/dev/ttyUSB0",)
    assert not search.may_move


@pytest.mark.parametrize(
    "query",
    [{"usb_ids": "0b00:0080"}, {"serial_number": "4711"}, {"location": "1-1"}],
    ids=lambda query: next(iter(query)),
)
def test_port_is_found_by_what_it_tells(query: dict[str, str]) -> None:
    search = _search(Plugged(BUILT_IN, CHEAP, DESK), **query)

    assert search.candidates() == (DESK.device,)
    assert search.may_move


def test_only_usb_device_there_is_needs_no_description() -> None:
    assert _search(Plugged(BUILT_IN, DESK)).candidates() == (DESK.device,)


def test_several_that_fit_are_not_guessed_between() -> None:
    search = _search(Plugged(DESK, CHEAP))

    with pytest.raises(TransportError) as error:
        search.candidates()

    assert error.value.code == "port_ambiguous"
    assert DESK.device in str(error.value)
    assert CHEAP.words in str(error.value)


def test_several_that_fit_are_all_tried_when_the_terminals_id_will_tell() -> None:
    search = _search(Plugged(DESK, CHEAP), terminal_id="52500041")

    assert search.candidates() == (DESK.device, CHEAP.device)


def test_nothing_that_fits_is_missing() -> None:
    assert _code(_search(Plugged(BUILT_IN, CHEAP), usb_ids="0b00:0080")) == "port_missing"


def test_device_is_followed_to_its_new_name() -> None:
    plugged = Plugged(DESK)
    search = _search(plugged, DESK.device, follow=True)
    search.opened(DESK.device)

    plugged.ports = (CHEAP, replace(DESK, device="/dev/ttyACM1", location="2-4"))

    assert search.present(DESK.device) == "/dev/ttyACM1"


def test_another_device_under_the_old_name_is_not_taken_for_it() -> None:
    plugged = Plugged(DESK)
    search = _search(plugged, DESK.device, follow=True)
    search.opened(DESK.device)

    plugged.ports = (replace(CHEAP, device=DESK.device),)

    assert _code(search) == "port_missing"


def test_of_twins_with_one_number_the_socket_decides() -> None:
    plugged = Plugged(CHEAP, TWIN)
    search = _search(plugged, CHEAP.device, follow=True)
    search.opened(CHEAP.device)

    plugged.ports = (replace(TWIN, device=CHEAP.device), replace(CHEAP, device=TWIN.device))

    assert search.present(CHEAP.device) == TWIN.device


def test_twin_that_alone_is_left_is_what_bears_the_number() -> None:
    """Which of the twins it is cannot be told from the plug: the id of the terminal, learned before, tells."""
    plugged = Plugged(CHEAP, TWIN)
    search = _search(plugged, CHEAP.device, follow=True)
    search.opened(CHEAP.device)

    plugged.ports = (TWIN,)

    assert search.candidates() == (TWIN.device,)


def test_two_twins_in_new_sockets_are_not_guessed_between() -> None:
    plugged = Plugged(CHEAP)
    search = _search(plugged, CHEAP.device, follow=True)
    search.opened(CHEAP.device)

    plugged.ports = (replace(CHEAP, location="3-1"), replace(TWIN, location="3-2"))

    assert _code(search) == "port_ambiguous"


@pytest.mark.parametrize(("terminal_id", "found"), [("", None), ("52500041", NUMBERLESS.device)])
def test_numberless_device_in_another_socket_needs_the_terminals_id(terminal_id: str, found: str | None) -> None:
    plugged = Plugged(NUMBERLESS)
    search = _search(plugged, NUMBERLESS.device, follow=True, terminal_id=terminal_id)
    search.opened(NUMBERLESS.device)

    plugged.ports = (replace(NUMBERLESS, location="7-7"),)

    if found is None:
        assert _code(search) == "port_missing"
    else:
        assert search.candidates() == (found,)


def test_port_without_an_identity_stays_where_it_is() -> None:
    plugged = Plugged(BUILT_IN, DESK)
    search = _search(plugged, BUILT_IN.device, follow=True)
    search.opened(BUILT_IN.device)

    assert search.candidates() == (BUILT_IN.device,)


def test_found_port_is_known_again_only_once_the_terminal_has_answered_there() -> None:
    plugged = Plugged(DESK, CHEAP)
    search = _search(plugged, terminal_id="52500041")

    search.opened(DESK.device)
    before = search.candidates()
    search.remember(CHEAP.device)

    assert before == (DESK.device, CHEAP.device)
    assert search.candidates() == (CHEAP.device,)
