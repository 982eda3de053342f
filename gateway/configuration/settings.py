"""Typed, frozen settings and how they are found: command line, then environment, then TOML file, then defaults.

Every setting is explained in `config/production.example.toml`. Secrets come from the environment or from files of mode
0600, never from the TOML file or the command line (PCI DSS 8.6.2). What was set up on the screen comes after the TOML
file, from a file of the data folder (`gateway.configuration.saved_devices`). Opens no port and no database.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date, time
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal, Self, cast, get_args
from urllib.parse import quote, urlsplit, urlunsplit
from zoneinfo import ZoneInfo, available_timezones

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator

from gateway.configuration import settings_sources as sources
from gateway.configuration.capture_settings import CaptureSettings
from gateway.configuration.counter_settings import CounterSettings
from gateway.configuration.credit_settings import AccountSettings, TransferSettings, VoucherSettings
from gateway.configuration.demo_settings import DemoSettings
from gateway.configuration.erp_settings import ErpSettings
from gateway.configuration.kitchen_settings import RouteSettings, route_problems
from gateway.configuration.outward_settings import MailSettings, OutwardSettings
from gateway.configuration.payables_settings import PayablesSettings
from gateway.configuration.refund_settings import RefundSettings
from gateway.configuration.saved_devices import read_saved, with_saved
from gateway.configuration.server_settings import ServerSettings
from gateway.configuration.settings_section import Section
from gateway.configuration.shift_settings import ShiftSettings
from gateway.configuration.terminal_day_settings import TerminalDaySettings
from gateway.configuration.till_settings import CashSettings
from gateway.configuration.transport_address import TransportAddress, TransportKind, parse_transport
from gateway.domain.errors import ConfigurationError
from terminal_driver.protocols import PASSWORD_OF_MAKERS, PROTOCOLS, LineKind, ProtocolName

_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
# Web threads beyond the waiting terminals: each waiting screen may hold one while others are answered.
SPARE_THREADS = 16

Identifier = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,31}$")]
Words = Annotated[str, Field(min_length=1, max_length=80)]
CurrencyCode = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
Seconds = Annotated[int, Field(ge=1, le=3600)]


class DatabaseSettings(Section):
    """SQLite for one process, PostgreSQL beyond. `url` never holds the password."""

    url: str = Field(default="sqlite:///var/tillbridge.sqlite3", pattern=r"^(sqlite|postgresql(\+psycopg)?)://")
    password: SecretStr | None = None
    password_file: str = ""

    @model_validator(mode="before")
    @classmethod
    def _split_password(cls, values: Any) -> Any:  # noqa: ANN401 - whatever the sources held
        if isinstance(values, dict) and isinstance(values.get("url"), str):
            url, password = sources.split_url(values["url"])
            return {**values, "url": url} | ({} if password is None else {"password": password})
        return values

    def full_url(self) -> SecretStr:
        """Address for the engine, with driver and password; secret, so that it does not get into a log."""
        url = re.sub(r"^postgresql://", "postgresql+psycopg://", self.url)
        if self.password is None:
            return SecretStr(url)
        parts = urlsplit(url)
        user, _, place = parts.netloc.rpartition("@")
        netloc = f"{user}:{quote(self.password.get_secret_value(), safe='')}@{place}"
        return SecretStr(urlunsplit(parts._replace(netloc=netloc)))


class ShopSettings(Section):
    """The shop whose name stands on the receipts."""

    tenant: Identifier = "main"
    store: Identifier = "store-1"
    name: Words = "Tillbridge"
    address: tuple[Words, ...] = Field(default=(), max_length=5)
    tax_id: str = Field(default="", max_length=40)
    currency: CurrencyCode = "EUR"
    time_zone: str = "Europe/Berlin"
    language: Literal["en", "de"] = "en"

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        if name not in available_timezones():
            raise ValueError(f"no time zone of this name{sources.suggestion(name, available_timezones())[:60]}")
        return name

    def zone(self) -> ZoneInfo:
        """The time zone of the shop."""
        return ZoneInfo(self.time_zone)


class _Device(Section):
    id: Identifier
    name: Words
    transport: str

    @field_validator("transport")
    @classmethod
    def _known_form(cls, text: str) -> str:
        parse_transport(text)
        return text

    @property
    def address(self) -> TransportAddress:
        """The parsed transport."""
        return parse_transport(self.transport)


class TerminalSettings(_Device):
    """A card terminal; its protocol ignores what it does not know.

    `password`, `config_byte` (byte 2 of the registration 06 00, 0-255): ZVT. `register_no`: by which the terminal tells
    registers apart. `terminal_id`: the terminal that is meant, empty for whichever answers. `message_format`: nexo.
    Times of None are the protocol's own.
    """

    protocol: ProtocolName = ProtocolName.ZVT
    password: SecretStr = SecretStr(PASSWORD_OF_MAKERS)
    password_file: str = ""
    config_byte: int | None = Field(default=None, ge=0, le=255)
    register_no: str = Field(default="01", pattern=r"^[0-9]{1,8}$")
    terminal_id: str = Field(default="", pattern=r"^[A-Za-z0-9._+-]{0,40}$")
    message_format: Literal["json", "xml"] = "json"
    currency: CurrencyCode | None = None
    answer_timeout_s: Seconds | None = None
    completion_timeout_s: Seconds | None = None

    @field_validator("password")
    @classmethod
    def _six_digits(cls, password: SecretStr) -> SecretStr:
        if re.fullmatch(r"[0-9]{6}", password.get_secret_value()) is None:
            raise ValueError("a ZVT password has six digits")
        return password

    @model_validator(mode="after")
    def _protocol_fits_line(self) -> Self:
        lines = PROTOCOLS[self.spoken].lines
        if self.line_kind not in lines:
            raise ValueError(f"{self.spoken} runs over {' or '.join(lines)}, not over {self.transport}")
        return self

    @property
    def spoken(self) -> ProtocolName:
        """The protocol spoken: a virtual terminal may name its own in its transport."""
        return ProtocolName(self.address.options.get("protocol", self.protocol))

    @property
    def line_kind(self) -> LineKind:
        """What the line is to the protocol; a virtual one is what its protocol usually has."""
        match self.address.kind:
            case TransportKind.TCP | TransportKind.TLS:
                return LineKind.TCP
            case TransportKind.VIRTUAL:
                usual = PROTOCOLS[self.spoken].lines[0]
                return LineKind(self.address.options.get("framing", usual))
            case _:
                return LineKind.SERIAL


class PrinterSettings(_Device):
    """A receipt printer.

    `code_page_number`: of the page in ESC t where the device numbers otherwise. `status`: see docs/printing.md; None
    takes what the line can carry. `drawer_pin`: of the drawer's connector, 0: none. `logo`: a file of the data folder.
    """

    columns: int = Field(default=42, ge=24, le=64)
    code_page: str = Field(default="cp858", pattern=r"^[a-z0-9_-]{2,20}$")
    code_page_number: int | None = Field(default=None, ge=0, le=255)
    width_mm: Literal[58, 80] = 80
    cut: bool = True
    status: Literal["none", "realtime", "ordered", "automatic"] | None = None
    drawer_pin: Literal[0, 2, 5] = 2
    logo: str = Field(default="", pattern=r"^([a-z0-9][a-z0-9-]{0,63}\.png)?$")


class RegisterSettings(Section):
    """A till: the terminal and the printer that stand beside it."""

    id: Identifier
    name: Words
    terminal: Identifier | None = None
    printer: Identifier | None = None


class SecuritySettings(Section):
    """Sign-in, time limits, rates."""

    session_idle_minutes: int = Field(default=15, ge=1, le=15)
    session_absolute_hours: int = Field(default=12, ge=1, le=12)
    login_attempts_max: int = Field(default=10, ge=1, le=10)
    lock_minutes: int = Field(default=30, ge=30, le=1440)
    requests_per_minute_and_key: int = Field(default=600, ge=1)
    requests_per_minute_and_address: int = Field(default=1200, ge=1)
    logins_per_minute_and_address: int = Field(default=20, ge=1)


class WorkerSettings(Section):
    """Delivery of stored effects (receipts, postings). `node`: name in leases; empty takes the name of the machine."""

    node: str = Field(default="", max_length=64)
    lease_s: Seconds = 30
    poll_ms: int = Field(default=250, ge=10, le=60_000)


class LogLevel(StrEnum):
    """How much is logged."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class LogFormat(StrEnum):
    """How it is written: one JSON object a line, or lines for a person."""

    JSON = "json"
    CONSOLE = "console"


class LoggingSettings(Section):
    """The log, on standard error."""

    level: LogLevel = LogLevel.INFO
    format: LogFormat = LogFormat.JSON


class Settings(Section):
    """Everything the operator decides."""

    server: ServerSettings = ServerSettings()
    database: DatabaseSettings = DatabaseSettings()
    shop: ShopSettings = ShopSettings()
    terminals: tuple[TerminalSettings, ...] = Field(default=(), max_length=500)
    printers: tuple[PrinterSettings, ...] = Field(default=(), max_length=500)
    registers: tuple[RegisterSettings, ...] = Field(default=(), max_length=500)
    routes: tuple[RouteSettings, ...] = Field(default=(), max_length=500)
    security: SecuritySettings = SecuritySettings()
    worker: WorkerSettings = WorkerSettings()
    logging: LoggingSettings = LoggingSettings()
    demo: DemoSettings = DemoSettings()
    counter: CounterSettings = CounterSettings()
    outward: OutwardSettings = OutwardSettings()
    mail: MailSettings = MailSettings()
    vouchers: VoucherSettings = VoucherSettings()
    transfers: TransferSettings = TransferSettings()
    accounts: AccountSettings = AccountSettings()
    shifts: ShiftSettings = ShiftSettings()
    terminal_days: TerminalDaySettings = TerminalDaySettings()
    cash: CashSettings = CashSettings()
    refunds: RefundSettings = RefundSettings()
    capture: CaptureSettings = CaptureSettings()
    payables: PayablesSettings = PayablesSettings()
    erp: tuple[ErpSettings, ...] = Field(default=(), max_length=20)

    @model_validator(mode="after")
    def _fit_together(self) -> Self:
        if problems := list(self.problems()):
            raise ValueError("; ".join(problems))
        return self

    def problems(self) -> Iterator[str]:
        """What does not fit together, each in words with its place."""
        ids = {
            "terminals": [terminal.id for terminal in self.terminals],
            "printers": [printer.id for printer in self.printers],
            "registers": [register.id for register in self.registers],
            "erp": [one.id for one in self.erp],
        }
        for name, given in ids.items():
            yield from (f"{name}: the id {word!r} occurs twice" for word in sorted(set(given)) if given.count(word) > 1)
        for register in self.registers:
            if register.printer is not None and register.printer not in ids["printers"]:
                yield f"registers.{register.id}.printer: no printer {register.printer!r}"
            if register.terminal is not None and register.terminal not in ids["terminals"]:
                yield f"registers.{register.id}.terminal: no terminal {register.terminal!r}"
        yield from route_problems(self.routes, ids["printers"])
        if problem := self.refunds.problem(self.shop.currency):
            yield problem
        if self.server.threads < (least := len(self.terminals) + SPARE_THREADS):
            yield f"server.threads: at least {least} for {len(self.terminals)} terminals"
        if self.server.host not in _LOOPBACK:
            if not self.server.secure_cookies:
                yield "server.secure_cookies: may be off only on a loopback address"
            if self.demo.enabled:
                yield "demo.enabled: the demo serves only a loopback address; its sign-ins are shown to everyone"


_LISTS = ("terminals", "printers", "registers", "routes", "erp")


def load_settings(path: Path | None, overrides: Mapping[str, object], environ: Mapping[str, str]) -> Settings:
    """Read and check the settings.

    Args:
        path: the TOML file; None for defaults.
        overrides: what the command line says, as `{"server.port": 9000, "terminals.front.transport": "tcp:..."}`.
        environ: the environment, e.g. `os.environ`.

    Raises:
        ConfigurationError: code `invalid_settings`; every problem found on a line of its own, with the path of the key
            and, for an unknown key, the nearest known one. Never holds a value.
    """
    tree = sources.read_file(path) if path is not None else {}
    upper = [sources.read_environment(environ, Settings.model_fields, _LISTS), sources.read_overrides(overrides)]
    tree = with_saved(tree, read_saved(_data_dir(tree, *upper)))
    for source in upper:
        tree = sources.merge(tree, source)
    tree = sources.read_secret_files(tree)
    try:
        return Settings.model_validate(tree)
    except ValidationError as error:
        raise _worded(error, tree) from error


def _data_dir(*trees: Mapping[str, Any]) -> Path:
    """The data folder by the sources read so far, the last one first."""
    for tree in reversed(trees):
        server = tree.get("server")
        if isinstance(server, dict) and isinstance(found := server.get("data_dir"), str | Path):
            return Path(found)
    return ServerSettings().data_dir


def describe(settings: Settings) -> dict[str, Any]:
    """The settings as plain data; a secret is shown only as `set`."""
    return {name: _plain(value) for name, value in settings.model_dump().items()}


def _plain(value: Any) -> Any:  # noqa: ANN401 - plain data of any shape
    match value:
        case dict():
            return {key: _plain(item) for key, item in value.items()}
        case list() | tuple():
            return [_plain(item) for item in value]
        case SecretStr():
            return "set"
        case Path() | Decimal() | StrEnum() | date() | time():
            return str(value)
        case _:
            return value


def _worded(error: ValidationError, tree: Mapping[str, Any]) -> ConfigurationError:
    problems = []
    for fault in error.errors(include_url=False, include_input=False, include_context=False):
        where, words = fault["loc"], fault["msg"].removeprefix("Value error, ")
        if fault["type"] == "extra_forbidden":
            words = f"no such setting{sources.suggestion(str(where[-1]), _known_keys(where[:-1]))}"
        place = ".".join(_names(where, tree))
        problems.append(f"{place}: {words}" if place else words)
    return sources.invalid(problems)


def _names(where: tuple[int | str, ...], tree: Any) -> Iterator[str]:  # noqa: ANN401 - the tree as it was read
    """Words of a place; an element of a list is named by its id where it has one."""
    for word in where:
        try:
            tree = tree[word]
        except (KeyError, IndexError, TypeError):
            tree = None
        yield str(tree["id"]) if isinstance(word, int) and isinstance(tree, dict) and "id" in tree else str(word)


def _known_keys(where: tuple[int | str, ...]) -> Iterator[str]:
    model = _MODELS.get(str(where[0]), Settings) if where else Settings
    yield from model.model_fields


_MODELS: Mapping[str, type[Section]] = {
    name: cast("type[Section]", next(iter(get_args(field.annotation)), field.annotation))
    for name, field in Settings.model_fields.items()
}
"""By table of the file; of a list the model of its elements."""
