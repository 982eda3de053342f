"""Which serial ports there are, what is plugged into them, and whether we may use them.

Read from the kernel's own tables (``/sys/class/tty``), so it needs no udev, and an adapter that is pulled out while
the list is made is left out of it instead of breaking it.
"""

import grp
import os
import re
import stat
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlencode

from terminal_driver.transports.port_owner import PortOwner, port_owners

# Built-in ports, USB adapters, USB modems (most card terminals), ARM boards, Bluetooth, multi-port cards.
_NAMES = re.compile(r"tty(S|USB|XRUSB|ACM|AMA|AP|mxc|O|SC)\d+|rfcomm\d+")
# Ports a board could have: the kernel lists up to 32 of them whether or not there is a plug.
_PHANTOM_DRIVERS = frozenset({"platform", "serial8250"})
_ATTRIBUTE_BYTES_MAX = 256


@dataclass(frozen=True, slots=True)
class PortInfo:
    """One serial port.

    Attributes:
        device: path of its node, ``/dev/ttyUSB0``.
        maker: name of the maker as the device tells it, empty when it does not.
        product: name of the product, likewise.
        serial_number: of the device, empty when it has none.
        usb_ids: vendor and product, ``0403:6001`` in lower-case hex; empty when it is no USB device.
        location: where it is plugged in, ``1-1.4``; empty when it is no USB device.
        owners: the processes that have it open, as far as the system tells us.
        permitted: this process may read and write it.
        group: name of the group that owns the node.
    """

    device: str
    maker: str = ""
    product: str = ""
    serial_number: str = ""
    usb_ids: str = ""
    location: str = ""
    owners: tuple[PortOwner, ...] = ()
    permitted: bool = True
    group: str = ""

    @property
    def words(self) -> str:
        """The device in words for a person: ``Ingenico Desk/5000, no. 4711``."""
        named = " ".join(word for word in (self.maker, self.product) if word) or self.usb_ids or "built-in port"
        return f"{named}, no. {self.serial_number}" if self.serial_number else named

    @property
    def url(self) -> str:
        """The line that finds this device again under whatever name it comes back."""
        if not self.usb_ids:
            return f"serial:{self.device}"
        place = {"serial_number": self.serial_number} if self.serial_number else {"location": self.location}
        return f"serial:auto?{urlencode({'usb': self.usb_ids, **place}, safe=':/')}"


def list_ports(*, system: Path = Path("/sys"), devices: Path = Path("/dev")) -> tuple[PortInfo, ...]:
    """Return the serial ports there are as :func:`plugged_ports` does, each with the processes that have it open."""
    ports = plugged_ports(system=system, devices=devices)
    owners = port_owners([port.device for port in ports])
    return tuple(replace(port, owners=owners.get(port.device, ())) for port in ports)


def plugged_ports(*, system: Path = Path("/sys"), devices: Path = Path("/dev")) -> tuple[PortInfo, ...]:
    """Return the serial ports there are, in natural order (ttyUSB2 before ttyUSB10); who has them is not looked up.

    Args:
        system: where the kernel's tables are mounted.
        devices: folder of the device nodes.
    """
    found = {path.name for path in _entries(system / "class" / "tty") if _NAMES.fullmatch(path.name)}
    if not found:  # a container without the tables: the nodes alone, of which only the plugged ones can be told
        found = {path.name for path in _entries(devices) if re.fullmatch(r"tty(USB|ACM|XRUSB)\d+", path.name)}
    ports = [described for name in found if (described := _described(name, system, devices)) is not None]
    ports.sort(key=lambda port: [(int(part) if part.isdigit() else 0, part) for part in _parts(port.device)])
    return tuple(ports)


def port_info(device: str) -> PortInfo | None:
    """Return what is known of one port by any of its names, also one that no list shows; None without a node."""
    real = os.path.realpath(device)
    for port in list_ports():
        if os.path.realpath(port.device) == real:
            return port
    permission = _permission(Path(real))
    if permission is None:
        return None
    return PortInfo(real, owners=port_owners([real]).get(real, ()), permitted=permission[0], group=permission[1])


def _described(name: str, system: Path, devices: Path) -> PortInfo | None:
    node = devices / name
    permission = _permission(node)
    if permission is None:
        return None
    permitted, group = permission
    entry = system / "class" / "tty" / name
    plug = (entry / "device").resolve()
    usb = next((folder for folder in (plug, *plug.parents) if (folder / "idVendor").is_file()), None)
    if usb is None:
        driver = (plug / "driver").resolve().name
        if _is_phantom(entry, plug, driver):
            return None
        return PortInfo(str(node), permitted=permitted, group=group)
    vendor, product = _attribute(usb, "idVendor"), _attribute(usb, "idProduct")
    if not (vendor and product):
        return None  # pulled out between two reads
    several = _attribute(usb, "bNumInterfaces").strip() not in {"", "1"}
    interface = next((folder for folder in (plug, *plug.parents) if folder.parent == usb), usb)
    return PortInfo(
        str(node),
        maker=_attribute(usb, "manufacturer"),
        product=_attribute(usb, "product"),
        serial_number=_attribute(usb, "serial"),
        usb_ids=f"{vendor}:{product}".lower(),
        # A device with several ports has one number for all of them: the interface tells them apart.
        location=interface.name if several else usb.name,
        permitted=permitted,
        group=group,
    )


def _is_phantom(entry: Path, plug: Path, driver: str) -> bool:
    if not plug.exists() or entry.name.startswith("rfcomm"):
        return False
    kind = _attribute(entry, "type")
    if kind:
        return kind == "0"  # the driver found no chip behind this number
    return driver in _PHANTOM_DRIVERS


def _permission(node: Path) -> tuple[bool, str] | None:
    try:
        found = node.stat()
    except OSError:
        return None
    if not stat.S_ISCHR(found.st_mode):
        return None
    try:
        group = grp.getgrgid(found.st_gid).gr_name
    except KeyError:
        group = str(found.st_gid)
    return os.access(node, os.R_OK | os.W_OK), group


def _attribute(folder: Path, name: str) -> str:
    """Return one line a device tells of itself, without control characters: it is a stranger's text."""
    try:
        with (folder / name).open("rb") as file:
            text = file.read(_ATTRIBUTE_BYTES_MAX).decode("utf-8", "replace")
    except OSError:
        return ""
    return "".join(letter for letter in text.partition("\n")[0] if letter.isprintable()).strip()


def _entries(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError:
        return []


def _parts(device: str) -> list[str]:
    return re.findall(r"\d+|\D+", device)
