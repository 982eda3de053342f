"""Which Debian packages switch on which feature: reads `config/debian-packages.txt` and words the install line.

Standard library only. Anyone may import it.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

_CHECKOUT_CONFIG = Path(__file__).resolve().parents[2] / "config"
_INSTALLED_CONFIG = Path("share", "tillbridge", "config")


@dataclass(frozen=True, slots=True)
class DebianPackage:
    """One line of the file: a package, the feature it switches on, and why in words."""

    name: str
    feature: str
    words: str


def config_file(name: str) -> Path:
    """Path of a file of `config/`, in the checkout or where the installed distribution put it."""
    path = _CHECKOUT_CONFIG / name
    return path if path.exists() else Path(sys.prefix, _INSTALLED_CONFIG, name)


def parse_debian_packages(text: str) -> tuple[DebianPackage, ...]:
    """Read the lines `package  feature  # words`.

    Raises:
        ValueError: a line has another form; the message has its number.
    """
    packages = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        fields, mark, words = line.partition("#")
        match fields.split():
            case [name, feature] if mark and words.strip():
                packages.append(DebianPackage(name, feature, words.strip()))
            case _:
                raise ValueError(f"debian-packages.txt line {number}: expected `package  feature  # words`")
    return tuple(packages)


def debian_packages() -> tuple[DebianPackage, ...]:
    """All packages of the file."""
    return parse_debian_packages(config_file("debian-packages.txt").read_text(encoding="utf-8"))


def install_line(features: frozenset[str]) -> str:
    """The one line to type for these features; empty when none of them is a matter of system packages."""
    names = [package.name for package in debian_packages() if package.feature in features]
    return f"sudo apt-get install {' '.join(names)}" if names else ""
