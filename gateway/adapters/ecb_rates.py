"""The euro reference rates of the European Central Bank, from its daily file or address (``eurofxref-daily.xml``).

The file comes from outside: it is read with a limit on size and time, no document type and no entity is accepted, and
anything but the known shape is refused rather than guessed. Fetching runs in the background, never inside a sale.
"""

import urllib.error
import urllib.request
from datetime import date
from decimal import Decimal
from http.client import HTTPException, HTTPMessage, HTTPResponse
from io import BufferedReader
from pathlib import Path
from typing import IO, NoReturn
from urllib.parse import urlsplit

# The parser is driven directly: it can then refuse a document type before any entity exists.
from xml.parsers import expat

from gateway.domain.cash.exchange_rates import RateTable
from gateway.domain.currencies import CURRENCIES
from gateway.domain.errors import ConfigurationError, OperationalError
from gateway.domain.money import Currency
from gateway.ports.clock import Clock

DAILY_URL = "https://www.ecb.europa.eu/stats/eurofxref/eurofxref-daily.xml"
FILE_BYTES_MAX = 65_536
"""The daily file has about 1,600 bytes."""

DEPTH_MAX = 8
RATES_MAX = 400
_CHUNK_BYTES = 4_096
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_NAMESPACE = "http://www.ecb.int/vocabulary/2002-08-01/eurofxref"
_CUBE = f"{_NAMESPACE} Cube"
_ENVELOPE = "http://www.gesmes.org/xml/2002-08-01 Envelope"


class EcbRateSource:
    """Reads the daily file from a path or an address.

    Args:
        location: an address with ``https`` (``http`` only to this machine itself), or the path of a file.
        clock: bounds the whole of a slow answer.
        timeout_s: seconds for the connection, and again for the answer.
    """

    def __init__(self, location: str, clock: Clock, *, timeout_s: float = 10.0) -> None:
        self._location = location
        self._clock = clock
        self._timeout_s = timeout_s

    def fetch(self) -> RateTable:
        """Return the rates of the file, as :class:`gateway.ports.rate_source.RateSource` says."""
        data = self._download() if "://" in self._location else self._read_file()
        return parse_daily(data)

    def _read_file(self) -> bytes:
        try:
            with Path(self._location).open("rb") as file:
                return self._bounded(file)
        except OSError as error:
            raise _unavailable(f"The file of rates cannot be read: {error.strerror}.") from error

    def _download(self) -> bytes:
        _check_address(self._location)
        try:
            with _opener(self._location).open(self._location, timeout=self._timeout_s) as answer:
                return self._bounded(answer)
        except urllib.error.HTTPError as error:
            error.close()
            raise _unavailable(f"The source of rates answered {error.code}.") from error
        except (OSError, HTTPException) as error:
            raise _unavailable("The source of rates does not answer.") from error

    def _bounded(self, source: BufferedReader | HTTPResponse) -> bytes:
        """Read at most the limit; a source that trickles is given up when its time is over."""
        deadline_s = self._clock.monotonic_s() + self._timeout_s
        data = b""
        # One read of the line at a time: waiting for a full chunk would let a trickle pass the deadline.
        while chunk := source.read1(_CHUNK_BYTES):
            data += chunk
            if len(data) > FILE_BYTES_MAX:
                _refuse(f"it has more than {FILE_BYTES_MAX} bytes")
            if self._clock.monotonic_s() > deadline_s:
                raise _unavailable("The source of rates is too slow.")
        return data


def parse_daily(data: bytes) -> RateTable:
    """Read the daily file of the European Central Bank (``Envelope/Cube/Cube[@time]/Cube[@currency][@rate]``).

    Raises:
        OperationalError: ``rates_unreadable`` for anything else, naming what is wrong.
    """
    reader = _DailyReader()
    # The encoding is set, not believed: a name in the file would be looked up among all codecs.
    parser = expat.ParserCreate("UTF-8", " ")
    parser.StartDoctypeDeclHandler = reader.doctype
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        raise _unreadable(f"it is no XML (line {error.lineno})") from error
    return reader.table()


class _DailyReader:
    """Collects the day and its rates while the parser walks the file."""

    def __init__(self) -> None:
        self._open: list[str] = []
        self._day: date | None = None
        self._rates: dict[str, Decimal] = {}
        self._skipped: list[str] = []

    def doctype(self, *_: object) -> None:
        _refuse("it declares a document type")

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if len(self._open) >= DEPTH_MAX:
            _refuse("it is nested too deeply")
        if not self._open and name != _ENVELOPE:
            _refuse("it is not the daily file of the European Central Bank")
        self._open.append(name)
        if self._open == [_ENVELOPE, _CUBE, _CUBE]:
            self._begin_day(attributes)
        elif self._open == [_ENVELOPE, _CUBE, _CUBE, _CUBE]:
            self._add(attributes)

    def end(self, _name: str) -> None:
        self._open.pop()

    def table(self) -> RateTable:
        if self._day is None or not self._rates:
            _refuse("it holds no rates")
        euro = Currency.of("EUR")
        return RateTable(euro, self._day, self._rates, "European Central Bank", tuple(self._skipped))

    def _begin_day(self, attributes: dict[str, str]) -> None:
        if self._day is not None:
            _refuse("it holds more than one day")
        try:
            self._day = date.fromisoformat(attributes.get("time", ""))
        except ValueError as error:
            raise _unreadable("its day cannot be read") from error

    def _add(self, attributes: dict[str, str]) -> None:
        code, text = attributes.get("currency", ""), attributes.get("rate", "")
        if code in self._rates or code in self._skipped or code == "EUR":
            _refuse(f"it has {code[:3]!r} twice")
        if len(self._rates) + len(self._skipped) >= RATES_MAX:
            _refuse("it has too many rates")
        if not (len(code) == 3 and code.isascii() and code.isupper()):
            _refuse("it has a rate without a currency")
        plain = text.isascii() and len(text) <= 20 and text.replace(".", "", 1).isdigit()
        if not plain or Decimal(text) <= 0:
            _refuse(f"its rate for {code} is not a number above zero")
        if code in CURRENCIES:
            self._rates[code] = Decimal(text)
        else:
            self._skipped.append(code)


class _SafeRedirects(urllib.request.HTTPRedirectHandler):
    """Follows a redirection only to where rates may come from."""

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> urllib.request.Request | None:
        try:
            _check_address(newurl)
        except ConfigurationError:
            fp.close()
            raise
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _opener(address: str) -> urllib.request.OpenerDirector:
    """Return an opener for web addresses; one on this machine is never asked through a proxy."""
    near = urlsplit(address).hostname in _LOOPBACK
    return urllib.request.build_opener(_SafeRedirects, *([urllib.request.ProxyHandler({})] if near else []))


def _check_address(address: str) -> None:
    """Refuse what a person on the way could change: rates decide about money."""
    try:
        parts = urlsplit(address)
        near = parts.hostname in _LOOPBACK
    except ValueError:
        parts, near = urlsplit(""), False
    if parts.scheme != "https" and not (parts.scheme == "http" and near):
        raise ConfigurationError(
            "rate_source_refused",
            "Exchange rates are fetched over https only.",
            f"Set an address such as {DAILY_URL}, or the path of a file.",
        )


def _unavailable(message: str) -> OperationalError:
    hint = "The last rates stay in use until they are too old. Check the network, or set another source."
    return OperationalError("rates_unavailable", message, hint)


def _unreadable(reason: str) -> OperationalError:
    hint = "Check the address or the file set as the source of rates."
    return OperationalError("rates_unreadable", f"The rates cannot be used: {reason}.", hint, retryable=False)


def _refuse(reason: str) -> NoReturn:
    raise _unreadable(reason)
