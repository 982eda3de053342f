"""What one kind of bank takes, as data: version, characters, addresses, limits and times.

The built-in profiles lie in ``connectors/bank_profiles``; an operator may put further ones into a folder of their own.
Profiles are named by kind of bank, never by a bank: a bank's own leaflet decides which one fits.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import time
from enum import StrEnum
from pathlib import Path

from gateway.domain.errors import ConfigurationError
from gateway.domain.payables.payment_order import Instrument

BUILT_IN = Path(__file__).resolve().parent.parent / "bank_profiles"
NACHA = "nacha"
FORMATS = frozenset({"pain.001.001.03", "pain.001.001.09", NACHA})
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_HINT = "Set one of the names in the list of bank profiles (docs/banks.md), or put a file of your own beside them."


class Characters(StrEnum):
    """Which characters a bank takes."""

    SEPA = "sepa"
    """The basic set of EPC217-08: Latin letters, digits and ``/-?:().,'+``."""
    LATIN = "latin"
    """Latin letters with their marks (Swiss Payment Standards, section 2.4.1)."""


class AddressForm(StrEnum):
    """How an address is written. Unstructured lines alone are refused by the schemes since November 2026."""

    STRUCTURED = "structured"
    HYBRID = "hybrid"
    """Town and country as fields, the street as one line."""


class BicUse(StrEnum):
    """What stands for the payee's bank inside SEPA."""

    NEVER = "never"
    WHEN_KNOWN = "when_known"
    NOT_PROVIDED = "not_provided"
    """The agent has to be there: ``NOTPROVIDED`` where no BIC is known."""
    REQUIRED = "required"


@dataclass(frozen=True, slots=True)
class BankProfile:
    """One kind of bank.

    ``format``: of the files; ``orders_max``: of one file; ``days_ahead``: calendar days an order may come early;
    ``lead_days``: banking days it must come early; ``instant_minor_max``: limit of an instant payment, 0: none;
    ``debt_charges``: the payer may take all charges (``DEBT``) across borders; ``charges``: usual ones across borders;
    ``payee_address``: also written inside the EEA; ``purpose_countries``: a purpose code is wanted for them;
    ``account_currency``: of the payer's account is written; ``account_type``: so is the kind of the payee's account;
    ``instant_file``: instant payments in files of their own;
    ``balanced``: NACHA batches end with an entry on the own account; ``entry_text``: ten signs the payee's bank shows.
    """

    name: str
    title: str
    format: str
    instruments: frozenset[Instrument]
    characters: Characters = Characters.SEPA
    address: AddressForm = AddressForm.STRUCTURED
    bic: BicUse = BicUse.WHEN_KNOWN
    batch_booking: bool = True
    orders_max: int = 10_000
    cut_off: time | None = None
    zone: str = "Europe/Brussels"
    calendar: str = "TARGET2"
    lead_days: int = 0
    days_ahead: int = 90
    instant_minor_max: int = 0
    instant_file: bool = True
    charges: str = "SHAR"
    debt_charges: bool = False
    payee_address: bool = False
    account_currency: bool = False
    account_type: bool = True
    purpose_countries: frozenset[str] = frozenset()
    balanced: bool = False
    entry_text: str = "PAYMENT"


class BankProfiles:
    """The profiles at hand, read when first asked for.

    Args:
        folder: further profiles of the operator; one of the same name takes the place of a built-in one.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folders = (folder, BUILT_IN) if folder else (BUILT_IN,)
        self._known: dict[str, BankProfile] = {}

    def named(self, name: str) -> BankProfile:
        """Return the profile with this name.

        Raises:
            ConfigurationError: ``bank_profile_unknown``, or ``bank_profile_unreadable`` with what is wrong in its file.
        """
        known = self._known.get(name)
        if known is None:
            known = self._known[name] = self._read(name)
        return known

    def names(self) -> tuple[str, ...]:
        """Return the names of all profiles, sorted."""
        found = {path.stem for folder in self._folders for path in folder.glob("*.toml") if _NAME.fullmatch(path.stem)}
        return tuple(sorted(found))

    def check(self, used: Iterable[str]) -> None:
        """Read every profile of the operator, and those that are used.

        Raises:
            ConfigurationError: ``bank_profile_folder_missing``; else as :meth:`named`.
        """
        for folder in self._folders[:-1]:
            if not folder.is_dir():
                message = f"The folder of bank profiles {str(folder)!r} is not there."
                raise ConfigurationError("bank_profile_folder_missing", message, "Make it, or correct the setting.")
            for path in folder.glob("*.toml"):
                self.named(path.stem)
        for name in used:
            self.named(name)

    def _read(self, name: str) -> BankProfile:
        # A name with a slash would leave the folder.
        if _NAME.fullmatch(name):
            for folder in self._folders:
                path = folder / f"{name}.toml"
                if path.is_file():
                    return parse_profile(name, _text_of(path))
        raise ConfigurationError("bank_profile_unknown", f"There is no bank profile named {name[:40]!r}.", _HINT)


def _text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise _unreadable(path.stem, str(error)) from error


def parse_profile(name: str, text: str) -> BankProfile:
    """Read one profile.

    Raises:
        ConfigurationError: ``bank_profile_unreadable``: no TOML, a key too many or too few, or a meaningless value.
    """
    try:
        tree = tomllib.loads(text)
        values = _values(tree)
        profile = BankProfile(name=name, **values)  # type: ignore[arg-type]  # each value was converted by its key
    except (tomllib.TOMLDecodeError, TypeError, ValueError) as error:
        raise _unreadable(name, str(error)) from error
    if profile.format not in FORMATS:
        raise _unreadable(name, f"format {profile.format[:40]!r} is none of {', '.join(sorted(FORMATS))}")
    if (profile.format == NACHA) != (profile.instruments == {Instrument.NACHA}):
        raise _unreadable(name, "the instrument nacha and the format nacha only go together")
    if profile.orders_max < 1 or profile.days_ahead < 1 or profile.lead_days < 0 or profile.instant_minor_max < 0:
        raise _unreadable(name, "a limit is below what is possible")
    return profile


def _values(tree: Mapping[str, object]) -> dict[str, object]:
    values: dict[str, object] = {}
    kinds = {field.name: field.type for field in fields(BankProfile) if field.name != "name"}
    for key, value in tree.items():
        kind = kinds.get(key)
        if kind is None:
            message = f"there is no setting {key!r}"
            raise ValueError(message)
        if kind in {str, int, bool}:
            # A truth value is a number too in this language: 1 for true would hide a mistake.
            if type(value) is not kind:
                message = f"{key} has the wrong kind of value"
                raise ValueError(message)
            values[key] = value
        else:
            values[key] = _converted(key, value)
    return values


def _converted(key: str, value: object) -> object:
    match key, value:
        case "instruments", list():
            return frozenset(Instrument(item) for item in value)
        case "purpose_countries", list():
            return frozenset(str(item) for item in value)
        case "characters", str():
            return Characters(value)
        case "address", str():
            return AddressForm(value)
        case "bic", str():
            return BicUse(value)
        case "cut_off", time():
            return value
    message = f"{key} has the wrong kind of value"
    raise ValueError(message)


def _unreadable(name: str, reason: str) -> ConfigurationError:
    hint = "Compare the file with one of the built-in profiles."
    return ConfigurationError(
        "bank_profile_unreadable", f"The bank profile {name[:40]!r} cannot be used: {reason}.", hint
    )
