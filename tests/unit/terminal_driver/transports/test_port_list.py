"""The list of serial ports, read from tables as the kernel keeps them; and who has a port open."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from terminal_driver.transports.port_list import PortInfo, list_ports, port_info
from terminal_driver.transports.port_owner import owner_of, port_owners
from terminal_driver.transports.pty_line import PtyLine
from tests.support.unprivileged import as_nobody

pytestmark = pytest.mark.pty


class Machine:
    """Tables and nodes of a machine with the devices a test plugs in."""

    def __init__(self, root: Path) -> None:
        self.system, self.devices = root / "sys", root / "dev"
        (self.system / "class" / "tty").mkdir(parents=True)
        self.devices.mkdir()

    def node(self, name: str) -> None:
        # A node of our own is the administrator's to make; a link to one that is always there does as well.
        (self.devices / name).symlink_to("/dev/null")

    def plug(self, name: str, place: str, *, interfaces: int = 1, acm: bool = False, **told: str) -> Path:
        """Plug a USB device in; ``told``: its attributes, ``idVendor`` and so on."""
        usb = self.system / "devices" / "usb1" / place
        interface = usb / f"{place}:1.0"
        plug = interface if acm else interface / name
        plug.mkdir(parents=True)
        for attribute, text in {"bNumInterfaces": f" {interfaces}", **told}.items():
            (usb / attribute).write_text(f"{text}\n")
        entry = self.system / "class" / "tty" / name
        entry.mkdir()
        (entry / "device").symlink_to(plug)
        self.node(name)
        return usb

    def built_in(self, name: str, chip: str) -> None:
        entry = self.system / "class" / "tty" / name
        (entry / "real").mkdir(parents=True)
        (entry / "device").symlink_to(entry / "real")
        (entry / "type").write_text(f"{chip}\n")
        self.node(name)

    def list(self) -> tuple[PortInfo, ...]:
        return list_ports(system=self.system, devices=self.devices)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_usb_adapter_is_told_with_everything_it_tells(machine: Machine) -> None:
    machine.plug(
        "ttyUSB0", "1-1.4", idVendor="0403", idProduct="6001", manufacturer="FTDI", product="Serial", serial="A1"
    )

    [port] = machine.list()

    assert Path(port.device).name == "ttyUSB0"
    assert (port.maker, port.product, port.serial_number) == ("FTDI", "Serial", "A1")
    assert (port.usb_ids, port.location) == ("0403:6001", "1-1.4")
    assert port.words == "FTDI Serial, no. A1"
    assert port.url == "serial:auto?usb=0403:6001&serial_number=A1"


def test_device_without_a_number_is_found_again_by_its_socket(machine: Machine) -> None:
    machine.plug("ttyACM0", "1-2", acm=True, idVendor="0B00", idProduct="0080")

    [port] = machine.list()

    assert port.words == "0b00:0080"
    assert port.url == "serial:auto?usb=0b00:0080&location=1-2"


def test_device_with_several_ports_is_told_apart_by_the_interface(machine: Machine) -> None:
    machine.plug("ttyUSB0", "1-1", interfaces=2, idVendor="0403", idProduct="6010", serial="B2")

    assert [port.location for port in machine.list()] == ["1-1:1.0"]


def test_ports_come_in_natural_order(machine: Machine) -> None:
    for number in (10, 2, 1):
        machine.plug(f"ttyUSB{number}", f"1-{number}", idVendor="0403", idProduct="6001")
    machine.built_in("ttyS0", "4")

    assert [Path(port.device).name for port in machine.list()] == ["ttyS0", "ttyUSB1", "ttyUSB2", "ttyUSB10"]


def test_port_without_a_chip_is_left_out(machine: Machine) -> None:
    machine.built_in("ttyS0", "4")
    machine.built_in("ttyS1", "0")

    [port] = machine.list()

    assert Path(port.device).name == "ttyS0"
    assert (port.words, port.url) == ("built-in port", f"serial:{port.device}")


def test_device_pulled_out_while_the_list_is_made_is_left_out(machine: Machine) -> None:
    usb = machine.plug("ttyUSB0", "1-1", idVendor="0403", idProduct="6001")
    machine.plug("ttyUSB1", "1-2", idVendor="0403", idProduct="6001")
    (usb / "idProduct").unlink()
    (machine.devices / "ttyUSB1").unlink()

    assert machine.list() == ()


def test_what_a_device_tells_of_itself_is_kept_short_and_without_control_characters(machine: Machine) -> None:
    machine.plug(
        "ttyUSB0", "1-1", idVendor="0403", idProduct="6001", product="\x1b[2Jevil\x00" + "x" * 5000, manufacturer="A\tB"
    )

    [port] = machine.list()

    assert port.product.startswith("[2Jevilxxx")
    assert len(port.product) <= 256
    assert port.maker == "AB"


def test_machine_without_tables_shows_the_plugged_nodes(tmp_path: Path) -> None:
    (tmp_path / "ttyUSB3").symlink_to("/dev/null")
    (tmp_path / "ttyS0").symlink_to("/dev/null")
    (tmp_path / "ttyUSB4").write_text("not a device")

    ports = list_ports(system=tmp_path / "nowhere", devices=tmp_path)

    assert [Path(port.device).name for port in ports] == ["ttyUSB3"]


def test_list_of_this_machine_can_be_made() -> None:
    assert all(port.device.startswith("/dev/") for port in list_ports())


def test_port_held_by_this_process_says_so() -> None:
    line = PtyLine()

    found = port_info(line.device_path)
    line.close()

    assert found is not None
    assert [owner.ours for owner in found.owners] == [True]
    assert found.owners[0].words == "this program itself"
    assert port_info(line.device_path) is None


def test_port_held_by_another_process_names_it() -> None:
    line = PtyLine()
    program = "import sys; port = open(sys.argv[1], 'rb', 0); print('ready', flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", program, line.device_path], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        other.stdout.readline()

        owners = port_owners([line.device_path])[line.device_path]
        other.communicate(timeout=10)
    line.close()

    [stranger] = [owner for owner in owners if not owner.ours]
    assert stranger.process == other.pid
    assert stranger.program
    assert str(other.pid) in stranger.words


def test_owner_that_is_gone_keeps_its_number() -> None:
    done = subprocess.Popen([sys.executable, "-c", ""])
    done.wait(10)

    assert owner_of(done.pid).words == f"process {done.pid}"
    assert owner_of(os.getpid()).ours


def test_permission_is_told_to_a_process_that_has_none() -> None:
    done = as_nobody(
        "from terminal_driver.transports.port_list import port_info",
        "print(port_info(device).permitted, bool(port_info(device).group))",
    )

    assert done == "False True\n"
