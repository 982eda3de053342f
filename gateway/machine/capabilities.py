"""Which optional things this machine has, and the exact line that brings a missing one.

Looks, never starts or installs anything. `doctor`, the screens and the tests import it.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from gateway.machine.debian_packages import install_line
from terminal_driver.printer.usb_printers import find_usb_printers

_DEBIAN_POSTGRES = Path("/usr/lib/postgresql")
_POSTGRES_PROGRAMS = ("initdb", "postgres")
_FONT_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts")
_WIDE_FONT = "unifont.otf"
_BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@dataclass(frozen=True, slots=True)
class Capability:
    """One optional thing: whether this machine has it, what was found or missing, and what to type to get it."""

    name: str
    available: bool
    reason: str
    fix: str = ""


def postgres_programs() -> Path | None:
    """Folder of the newest PostgreSQL server programs, or None."""
    folders = [_DEBIAN_POSTGRES / name / "bin" for name in _versions(_DEBIAN_POSTGRES)]
    if found := shutil.which("initdb"):
        folders.append(Path(found).resolve().parent)
    for folder in folders:
        if all((folder / program).is_file() for program in _POSTGRES_PROGRAMS):
            return folder
    return None


def browser_program() -> Path | None:
    """The Chromium that the end-to-end tests drive, or None."""
    found = next(filter(None, map(shutil.which, _BROWSERS)), None)
    return Path(found) if found else None


def has_module(name: str) -> bool:
    """Whether a Python module can be imported, without importing it."""
    return importlib.util.find_spec(name) is not None


def detect() -> tuple[Capability, ...]:
    """All capabilities, in the order they are shown."""
    return tuple(look() for look in _LOOKS.values())


def capability(name: str) -> Capability:
    """One capability by its name.

    Args:
        name: `postgres`, `psycopg`, `browser`, `ocr`, `pdf_text`, `serial_ports`, `usb_printers`, `pty` or `fonts`.

    Raises:
        KeyError: there is no capability of this name.
    """
    return _LOOKS[name]()


def _versions(folder: Path) -> list[str]:
    names = [entry.name for entry in folder.iterdir() if entry.name.isdigit()] if folder.is_dir() else []
    return sorted(names, key=int, reverse=True)


def _postgres() -> Capability:
    folder = postgres_programs()
    if folder is None:
        return Capability("postgres", False, "no PostgreSQL server programs", install_line(frozenset({"postgres"})))
    return Capability("postgres", True, f"server programs in {folder}")


def _psycopg() -> Capability:
    return _module("psycopg", "psycopg", extra="postgres")


def _browser() -> Capability:
    program = browser_program()
    if program is None:
        return Capability("browser", False, "no Chromium", install_line(frozenset({"browser"})))
    if not has_module("playwright"):
        return Capability("browser", False, "the Python module playwright is missing", _extra_line("test"))
    return Capability("browser", True, str(program))


def _ocr() -> Capability:
    for module in ("pypdfium2", "rapidocr", "onnxruntime", "zxingcpp"):
        if not has_module(module):
            return Capability("ocr", False, f"the Python module {module} is missing", _extra_line("ocr"))
    return Capability("ocr", True, "RapidOCR with its own models")


def _pdf_text() -> Capability:
    return _module("pdf_text", "pdfplumber", extra="ocr")


def _serial_ports() -> Capability:
    if not has_module("serial"):
        return Capability("serial_ports", False, "the Python module pyserial is missing", _extra_line(""))
    from serial.tools.list_ports import comports  # noqa: PLC0415 - absent from a broken installation, which we report

    ports = sorted(port.device for port in comports())
    if not ports:
        return Capability(
            "serial_ports", False, "no serial port on this machine", "plug in the adapter of the terminal"
        )
    refused = [port for port in ports if not os.access(port, os.R_OK | os.W_OK)]
    if refused:
        reason = f"no permission for {', '.join(refused)}"
        return Capability("serial_ports", False, reason, "sudo usermod -aG dialout $USER   (then log in again)")
    return Capability("serial_ports", True, ", ".join(ports))


def _usb_printers() -> Capability:
    found = find_usb_printers()
    if not found:
        return Capability(
            "usb_printers", False, "no printer on USB", "plug it in and switch it on; or use tcp: or serial:"
        )
    words = ", ".join(f"{one.address} {one.maker} {one.model} ({one.device or 'no device file'})" for one in found)
    if all(one.device is None for one in found):
        return Capability("usb_printers", False, words, "sudo modprobe usblp")
    refused = [one.device for one in found if one.device is not None and not os.access(one.device, os.W_OK)]
    if refused:
        names = ", ".join(map(str, refused))
        return Capability(
            "usb_printers", False, f"no permission for {names}", "sudo usermod -aG lp $USER   (then log in again)"
        )
    return Capability("usb_printers", True, words)


def _pty() -> Capability:
    if sys.platform != "win32" and Path("/dev/ptmx").exists():
        return Capability("pty", True, "pseudo-terminals")
    return Capability("pty", False, "this system has no pseudo-terminals", "use a terminal of transport virtual:memory")


def _fonts() -> Capability:
    if any(next(folder.rglob(_WIDE_FONT), None) for folder in map(Path, _FONT_FOLDERS) if folder.is_dir()):
        return Capability("fonts", True, "letters of nearly every script on receipts")
    reason = "no font for Hebrew, Chinese, Japanese, Korean and emoji on receipts"
    return Capability("fonts", False, reason, install_line(frozenset({"fonts"})))


def _module(name: str, module: str, *, extra: str) -> Capability:
    if has_module(module):
        return Capability(name, True, f"the Python module {module}")
    return Capability(name, False, f"the Python module {module} is missing", _extra_line(extra))


def _extra_line(extra: str) -> str:
    return f"pip install 'tillbridge[{extra}]'" if extra else "pip install tillbridge"


_LOOKS: dict[str, Callable[[], Capability]] = {
    "postgres": _postgres,
    "psycopg": _psycopg,
    "browser": _browser,
    "ocr": _ocr,
    "pdf_text": _pdf_text,
    "serial_ports": _serial_ports,
    "usb_printers": _usb_printers,
    "pty": _pty,
    "fonts": _fonts,
}
