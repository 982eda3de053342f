"""Finds receipt printers on USB by what they say they are, interface class 7, without any list of models.

Reads the kernel's own account under /sys; nothing is opened and nothing is sent. Linux only: elsewhere nothing is
found. Sources: USB class code 07h (printer), Linux `usblp` (its device files are /dev/usb/lpN), IEEE 1284 device id.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from terminal_driver.errors import TransportError

PRINTER_CLASS = "07"
_IDS = re.compile(r"(?P<vendor>[0-9a-fA-F]{4}):(?P<product>[0-9a-fA-F]{4})(?:/(?P<serial>.+))?")
_TEXT_MAX = 200  # longest text of a device that is shown; more is a broken device


@dataclass(frozen=True, slots=True)
class UsbPrinter:
    """One printer interface.

    Attributes:
        place: name of the interface in the kernel (bus, ports, configuration, interface): `1-2:1.0`.
        vendor_id: four hexadecimal digits in small letters.
        product_id: the same.
        maker: as the device says; empty if it does not.
        model: as the device says.
        serial: its serial number; many cheap printers have none.
        commands: the languages it understands, from its IEEE 1284 id, such as `ESC/POS`; empty if it does not say.
        device: /dev/usb/lpN, or None if the kernel drives it otherwise (then `usblp` is not loaded, or another program
            has taken the interface).
    """

    place: str
    vendor_id: str
    product_id: str
    maker: str
    model: str
    serial: str
    commands: str
    device: Path | None

    @property
    def address(self) -> str:
        """The address that names this printer also after it was plugged in elsewhere, as far as it can."""
        return f"usb:{self.vendor_id}:{self.product_id}{f'/{self.serial}' if self.serial else ''}"


def find_usb_printers(sys_root: Path = Path("/sys"), dev_root: Path = Path("/dev")) -> tuple[UsbPrinter, ...]:
    """Return the printers on USB, by place.

    Args:
        sys_root: where the kernel's account is mounted.
        dev_root: where its device files are.
    """
    folder = sys_root / "bus" / "usb" / "devices"
    interfaces = sorted(folder.glob("*:*")) if folder.is_dir() else []
    return tuple(
        _printer(interface, dev_root)
        for interface in interfaces
        if _text(interface / "bInterfaceClass").lower() == PRINTER_CLASS
    )


def choose_usb_printer(wanted: str, found: tuple[UsbPrinter, ...]) -> UsbPrinter:
    """Return the one printer that `wanted` names.

    Args:
        wanted: empty (the only one there is), `VENDOR:PRODUCT`, or `VENDOR:PRODUCT/SERIAL`, as in `UsbPrinter.address`.
        found: from `find_usb_printers`.

    Raises:
        TransportError: `printer_unreachable` with the reason: none fits, or several do.
        ValueError: `wanted` has another form.
    """
    fitting = [printer for printer in found if _fits(wanted, printer)]
    if not fitting:
        others = ", ".join(printer.address for printer in found) or "none"
        message = f"no USB printer {wanted or 'at all'} (found: {others})"
        raise TransportError("printer_unreachable", message, "check that it is switched on and plugged in")
    if len(fitting) > 1:
        places = ", ".join(f"{printer.address} at {printer.place}" for printer in fitting)
        message = f"more than one USB printer fits: {places}"
        raise TransportError("printer_unreachable", message, "name it by its serial number, or use file:/dev/usb/lpN")
    return fitting[0]


def device_file_of(printer: UsbPrinter) -> Path:
    """Return the device file of a printer.

    Raises:
        TransportError: `printer_unreachable`, it has none.
    """
    if printer.device is None:
        message = f"USB printer {printer.address} has no device file"
        raise TransportError("printer_unreachable", message, "load the kernel module usblp: sudo modprobe usblp")
    return printer.device


def check_usb_address(wanted: str) -> None:
    """Check the form of what follows `usb:`.

    Raises:
        ValueError: it is neither empty, nor `VENDOR:PRODUCT`, nor `VENDOR:PRODUCT/SERIAL`.
    """
    if wanted and _IDS.fullmatch(wanted) is None:
        message = (
            f"expected usb:, usb:VENDOR:PRODUCT or usb:VENDOR:PRODUCT/SERIAL (four hexadecimal digits): {wanted!r}"
        )
        raise ValueError(message)


def _fits(wanted: str, printer: UsbPrinter) -> bool:
    check_usb_address(wanted)
    named = _IDS.fullmatch(wanted)
    if named is None:
        return True
    ids = (named["vendor"].lower(), named["product"].lower())
    return ids == (printer.vendor_id, printer.product_id) and named["serial"] in (None, printer.serial)


def _printer(interface: Path, dev_root: Path) -> UsbPrinter:
    described = dict(_fields_of(_text(interface / "ieee1284_id")))
    # The interface 1-2:1.0 belongs to the device 1-2, which stands beside it.
    device = interface.parent / interface.name.partition(":")[0]
    return UsbPrinter(
        place=interface.name,
        vendor_id=_text(device / "idVendor").lower(),
        product_id=_text(device / "idProduct").lower(),
        maker=_text(device / "manufacturer") or described.get("MFG", ""),
        model=_text(device / "product") or described.get("MDL", ""),
        serial=_text(device / "serial") or described.get("SN", ""),
        commands=described.get("CMD", ""),
        device=_device_file(interface, dev_root),
    )


def _device_file(interface: Path, dev_root: Path) -> Path | None:
    names = sorted(path.name for path in (interface / "usbmisc").glob("lp*"))
    return dev_root / "usb" / names[0] if names else None


def _fields_of(device_id: str) -> Iterator[tuple[str, str]]:
    """Yield the fields of an IEEE 1284 id, `MFG:Maker;CMD:ESC/POS;`, long names by their short ones."""
    short = {"MANUFACTURER": "MFG", "MODEL": "MDL", "COMMAND SET": "CMD", "SERIALNUMBER": "SN", "SERN": "SN"}
    for part in device_id.split(";"):
        name, separator, value = part.partition(":")
        if separator:
            key = name.strip().upper()
            yield short.get(key, key), value.strip()


def _text(path: Path) -> str:
    """Return one attribute; empty if it is not there: a device may be pulled out while it is looked at."""
    try:
        raw = path.read_bytes()
    except OSError:
        return ""
    text = raw.decode("utf-8", errors="replace").strip()
    return "".join(character for character in text if character.isprintable())[:_TEXT_MAX]
