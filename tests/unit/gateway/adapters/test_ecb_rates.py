"""The daily file of reference rates: its shape, hostile files, and the ways to it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

from gateway.adapters.clock import SystemClock
from gateway.adapters.ecb_rates import DAILY_URL, FILE_BYTES_MAX, EcbRateSource, parse_daily
from gateway.domain.errors import ConfigurationError, GatewayError, OperationalError
from gateway.domain.money import Currency
from tests.support.rates import DAILY, DAY


class _LeapingClock(SystemClock):
    """A minute passes at every look."""

    def __init__(self) -> None:
        self._now_s = 0.0

    def monotonic_s(self) -> float:
        self._now_s += 60
        return self._now_s


@contextmanager
def _served(status: int, body: bytes, headers: dict[str, str] | None = None) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            for name, value in (headers or {}).items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/eurofxref-daily.xml"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _refused(location: str) -> GatewayError:
    with pytest.raises(GatewayError) as error:
        EcbRateSource(location, SystemClock(), timeout_s=5).fetch()
    return error.value


def test_daily_file_when_read_then_day_rates_and_what_was_skipped() -> None:
    table = parse_daily(DAILY.encode())

    assert (table.base, table.dated) == (Currency.of("EUR"), DAY)
    assert table.rates == {
        "USD": Decimal("1.2500"),
        "JPY": Decimal("160.00"),
        "CHF": Decimal("0.9600"),
        "SEK": Decimal("11.2345"),
    }
    assert (table.source, table.skipped) == ("European Central Bank", ("QQX",))


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('rate="1.2500"', 'rate="0"', "not a number above zero"),
        ('rate="1.2500"', 'rate="-1.25"', "not a number above zero"),
        ('rate="1.2500"', 'rate="1e5"', "not a number above zero"),
        ('rate="1.2500"', 'rate="NaN"', "not a number above zero"),
        ('rate="1.2500"', "", "not a number above zero"),
        ('currency="USD"', 'currency="JPY"', "twice"),
        ('currency="USD"', 'currency="EUR"', "twice"),
        ('currency="USD"', 'currency="usd"', "without a currency"),
        ('currency="USD"', "", "without a currency"),
        ('time="2026-03-02"', 'time="yesterday"', "day"),
        ('time="2026-03-02"', "", "day"),
        ("</Cube>\n  </Cube>", '</Cube><Cube time="2026-03-01"/>\n  </Cube>', "more than one day"),
        ("gesmes/", "x/", "not the daily file"),
        ("gesmes.org", "example.org", "not the daily file"),
        ("/eurofxref", "/other", "no rates"),
        ("</gesmes:Envelope>", "", "no XML"),
        ("<gesmes:subject>", "<a>" * 9 + "<gesmes:subject>", "nested too deeply"),
    ],
)
def test_daily_file_when_something_is_wrong_then_refused_in_words(old: str, new: str, words: str) -> None:
    damaged = DAILY.replace(old, new, 1)
    if old == "gesmes/":
        damaged = "<rates/>"

    with pytest.raises(OperationalError, match=words) as error:
        parse_daily(damaged.encode())

    assert (error.value.code, error.value.retryable) == ("rates_unreadable", False)


@pytest.mark.parametrize(
    "doctype",
    [
        '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>',
        '<!DOCTYPE x SYSTEM "file:///etc/hostname">',
        '<!DOCTYPE x [<!ENTITY % remote SYSTEM "http://127.0.0.1:9/x.dtd"> %remote;]>',
    ],
)
def test_daily_file_when_it_declares_a_document_type_then_refused(doctype: str) -> None:
    hostile = DAILY.replace("?>\n", f"?>\n{doctype}\n", 1)

    with pytest.raises(OperationalError, match="document type"):
        parse_daily(hostile.encode())


def test_daily_file_when_it_names_another_encoding_then_it_is_not_believed() -> None:
    assert parse_daily(DAILY.replace("UTF-8", "rot13").encode()).dated == DAY


def test_daily_file_when_it_has_too_many_rates_then_refused() -> None:
    codes = [a + b + c for a in "QX" for b in "ABCDEFGHIJKLMNOPQRSTUVWXYZ" for c in "ABCDEFGHIJ"]
    many = "".join(f'<Cube currency="{code}" rate="1"/>' for code in codes)

    with pytest.raises(OperationalError, match="too many"):
        parse_daily(DAILY.replace('<Cube currency="USD" rate="1.2500"/>', many).encode())


def test_source_when_a_file_then_read(tmp_path: Path) -> None:
    path = tmp_path / "daily.xml"
    path.write_text(DAILY, encoding="utf-8")

    assert EcbRateSource(str(path), SystemClock()).fetch().dated == DAY


def test_source_when_the_file_is_missing_or_too_large_then_refused(tmp_path: Path) -> None:
    large = tmp_path / "large.xml"
    large.write_bytes(b" " * (FILE_BYTES_MAX + 1))

    assert _refused(str(tmp_path / "none.xml")).code == "rates_unavailable"
    assert _refused(str(tmp_path)).code == "rates_unavailable"
    assert _refused(str(large)).code == "rates_unreadable"


def test_source_when_an_address_then_fetched() -> None:
    with _served(200, DAILY.encode()) as address:
        assert EcbRateSource(address, SystemClock()).fetch().dated == DAY


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (503, b"", "rates_unavailable"),
        (200, b"<html></html>", "rates_unreadable"),
        (200, b"x" * (FILE_BYTES_MAX + 1), "rates_unreadable"),
    ],
)
def test_source_when_the_answer_is_wrong_then_refused(status: int, body: bytes, code: str) -> None:
    with _served(status, body) as address:
        assert _refused(address).code == code


def test_source_when_nobody_listens_then_unavailable_and_worth_a_retry() -> None:
    with _served(200, b"") as address:
        gone = address

    error = _refused(gone)

    assert (error.code, getattr(error, "retryable", None)) == ("rates_unavailable", True)


def test_source_when_it_redirects_away_from_https_then_refused() -> None:
    with _served(302, b"", {"Location": "http://192.0.2.1/daily.xml"}) as address:
        assert _refused(address).code == "rate_source_refused"


def test_source_when_it_redirects_to_where_rates_may_come_from_then_followed() -> None:
    with _served(200, DAILY.encode()) as moved, _served(302, b"", {"Location": moved}) as address:
        assert EcbRateSource(address, SystemClock()).fetch().dated == DAY


def test_source_when_it_trickles_then_given_up() -> None:
    with _served(200, DAILY.encode()) as address, pytest.raises(OperationalError) as error:
        EcbRateSource(address, _LeapingClock(), timeout_s=5).fetch()

    assert error.value.code == "rates_unavailable"


@pytest.mark.parametrize(
    "address",
    ["http://192.0.2.1/x", "ftp://127.0.0.1/x", "file:///etc/hostname", "http://127.0.0.1.example/x", "http://[x/y"],
)
def test_source_when_the_address_is_not_safe_then_refused_before_a_byte_leaves(address: str) -> None:
    with pytest.raises(ConfigurationError) as error:
        EcbRateSource(address, SystemClock()).fetch()

    assert error.value.code == "rate_source_refused"
    assert DAILY_URL in error.value.hint
