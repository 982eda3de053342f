"""The log: nothing secret passes the root handler, wherever it comes from; every line is whole and has its ids."""

from __future__ import annotations

import contextlib
import io
import json
import logging
import sys
import threading
import warnings
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.logs.observability import JsonFormatter, bound_ids, configure_logging, current_ids, log_event
from gateway.logs.redaction import TEXT_MAX, redact_text, redact_value

# Numbers of the card schemes' public test ranges; they belong to nobody.
PAN = "4111111111111111"
CUT = "411111******1111"
IBAN = "DE89370400440532013000"
IBAN_CUT = "DE89***3000"


@pytest.fixture(params=["json", "console"])
def log(request: pytest.FixtureRequest) -> Iterator[io.StringIO]:
    """The log in one of its forms; what the suite had is put back."""
    yield from _configured(str(request.param))


@pytest.fixture
def json_log() -> Iterator[io.StringIO]:
    yield from _configured("json")


def _configured(log_format: str) -> Iterator[io.StringIO]:
    root = logging.getLogger()
    before = (list(root.handlers), root.level, sys.excepthook, threading.excepthook)
    stream = io.StringIO()
    handler = configure_logging(level="debug", log_format=log_format, stream=stream)
    try:
        yield stream
    finally:
        logging.captureWarnings(capture=False)
        root.removeHandler(handler)
        for old in before[0]:
            root.addHandler(old)
        root.setLevel(before[1])
        sys.excepthook, threading.excepthook = before[2], before[3]


@contextlib.contextmanager
def _only_our_handler() -> Iterator[None]:
    """Without the handlers of pytest, which raise where a line cannot be written."""
    root = logging.getLogger()
    others = [handler for handler in root.handlers if type(handler).__module__.startswith("_pytest")]
    for handler in others:
        root.removeHandler(handler)
    try:
        yield
    finally:
        for handler in others:
            root.addHandler(handler)


def _lines(log: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.getvalue().splitlines()]


@pytest.mark.parametrize("name", ["serial", "zeep.transports", "sqlalchemy.engine", "waitress", "gateway.web"])
def test_number_when_any_library_logs_it_then_it_is_cut(log: io.StringIO, name: str) -> None:
    logging.getLogger(name).warning("sent %s to %s", PAN, {"account": IBAN})

    assert PAN not in log.getvalue()
    assert CUT in log.getvalue()
    assert IBAN_CUT in log.getvalue()


@pytest.mark.parametrize(
    "argument", [PAN, int(PAN), PAN.encode(), bytes.fromhex(PAN), [PAN], {"pan": PAN}, ValueError(PAN)]
)
def test_number_when_it_is_an_argument_of_any_type_then_it_is_cut(log: io.StringIO, argument: object) -> None:
    log_event(logging.getLogger("gateway"), "terminal.frame_received", value=argument, deep={"x": [argument]})
    logging.getLogger("gateway").info("frame %s", argument)

    shown = log.getvalue()
    assert PAN not in shown
    assert "1111 1111 11" not in shown
    assert "A\\\\x11\\\\x11\\\\x11" not in shown
    assert "11 11 11 11 11" not in shown


def test_number_when_it_is_in_a_traceback_then_it_is_cut(log: io.StringIO) -> None:
    try:
        int(f"bad card {PAN}, password=hushhush")
    except ValueError:
        logging.getLogger("gateway").exception("request.failed")

    assert PAN not in log.getvalue()
    assert "hushhush" not in log.getvalue()
    assert "Traceback" in log.getvalue()


def test_number_when_it_is_in_an_exception_nobody_caught_then_it_is_cut(log: io.StringIO) -> None:
    def fail() -> None:
        raise RuntimeError(PAN)

    worker = threading.Thread(target=fail, name="terminal-1")
    worker.start()
    worker.join()
    sys.excepthook(RuntimeError, RuntimeError(PAN), None)

    assert "thread.uncaught_exception" in log.getvalue()
    assert "process.uncaught_exception" in log.getvalue()
    assert PAN not in log.getvalue()


def test_number_when_it_is_in_a_warning_then_it_is_cut(log: io.StringIO) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        logging.captureWarnings(capture=True)
        warnings.warn(f"odd {PAN}", stacklevel=1)
        logging.captureWarnings(capture=False)

    assert CUT in log.getvalue()


@pytest.mark.parametrize(
    ("text", "gone"),
    [
        ("password=hush1234 user=till", "hush1234"),
        ('{"api_key": "hush1234", "user": "till"}', "hush1234"),
        ("{'client_secret': 'hu sh1234'}", "sh1234"),
        ("Authorization: Bearer hush1234.abc", "hush1234"),
        ("authorization=Basic aHVzaDEyMzQ=", "aHVzaDEyMzQ"),
        ("Cookie: __Host-id=hush1234; theme=dark", "hush1234"),
        ("postgresql://till:hush1234@127.0.0.1/till", "hush1234"),
        ("X-Api-Key: hush1234", "hush1234"),
        ("refresh_token=hush1234&x=1", "hush1234"),
    ],
)
def test_secret_when_it_is_in_a_text_then_it_is_hidden(text: str, gone: str) -> None:
    assert gone not in redact_text(text)
    assert "***" in redact_text(text)


@pytest.mark.parametrize(
    "key", ["password", "API-Key", "accessToken", "secret", "Set-Cookie", "authorization", "pin_block"]
)
def test_secret_when_its_name_says_so_then_the_value_is_hidden(key: str) -> None:
    assert redact_value({key: "hush", "deep": {key: ["hush"]}}) == {key: "***", "deep": {key: "***"}}


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        (IBAN, IBAN_CUT),
        ("to DE89 3704 0044 0532 0130 00 paid", "to DE89***3000 paid"),
        ("iban=nl91abna0417164300.", "iban=nl91***4300."),
        ("NO9386011117947", "NO93***7947"),
        (f"{IBAN},{IBAN}", f"{IBAN_CUT},{IBAN_CUT}"),
        ("DE88370400440532013000", "DE88370400440532013000"),
        ("order AB12 of 2024 was paid with cash", "order AB12 of 2024 was paid with cash"),
    ],
)
def test_iban_when_its_check_digits_hold_then_it_is_masked(text: str, cut: str) -> None:
    assert redact_text(text) == cut


@given(before=st.text(max_size=30), after=st.text(max_size=30), number=st.sampled_from([PAN, "5555555555554444"]))
def test_number_when_it_stands_between_any_words_then_its_middle_is_gone(before: str, after: str, number: str) -> None:
    shown = redact_text(f"{before} {number} {after}")

    assert number not in shown


@pytest.mark.parametrize("shift", range(20))
def test_number_when_the_limit_would_cut_it_in_two_then_no_part_is_left(shift: int) -> None:
    shown = redact_text("." * (TEXT_MAX - shift) + PAN + "." * 100)

    assert PAN[:11] not in shown
    assert len(shown) <= TEXT_MAX + 40


def test_ids_when_bound_then_they_are_in_every_line_of_the_block(json_log: io.StringIO) -> None:
    logger = logging.getLogger("gateway.services")

    with bound_ids(request_id="r1", payment_id="p1"):
        with bound_ids(attempt_id="a1"):
            log_event(logger, "payment.outcome_unknown", level=logging.WARNING, amount_minor=930)
            inner = current_ids()
        logger.info("after")
    logger.info("outside")

    first, second, third = _lines(json_log)
    assert inner == {"request_id": "r1", "payment_id": "p1", "attempt_id": "a1"}
    assert first["event"] == "payment.outcome_unknown"
    assert (first["attempt_id"], first["payment_id"], first["amount_minor"]) == ("a1", "p1", 930)
    assert first["level"] == "warning"
    assert "attempt_id" not in second
    assert second["request_id"] == "r1"
    assert "request_id" not in third


def test_fields_when_they_are_named_like_the_log_s_own_then_those_stay(json_log: io.StringIO) -> None:
    log_event(logging.getLogger("gateway"), "a.happened", at="never", logger="forged", event="other")

    [line] = _lines(json_log)
    assert line["at"].endswith("Z")
    assert (line["logger"], line["event"]) == ("gateway", "a.happened")


def test_line_when_a_value_holds_line_ends_then_no_entry_can_be_forged(log: io.StringIO) -> None:
    logging.getLogger("gateway").info("name\n2026 critical forged\u2028\x1b[31m")

    lines = log.getvalue().splitlines()
    assert all(line.startswith(("{", "    ")) for line in lines[1:])
    assert "\x1b" not in log.getvalue()
    assert "\u2028" not in log.getvalue()


def test_line_when_its_arguments_do_not_fit_then_it_is_still_written(log: io.StringIO) -> None:
    with _only_our_handler():
        logging.getLogger("gateway").info("one %d", PAN)

    assert "arguments do not fit" in log.getvalue()
    assert PAN not in log.getvalue()


class _Closed(io.StringIO):
    def write(self, text: str) -> int:
        raise OSError(text)


def test_line_when_the_stream_is_gone_then_nothing_raw_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    for _ in _configured("json"):
        handler = next(h for h in logging.getLogger().handlers if isinstance(h.formatter, JsonFormatter))
        assert isinstance(handler, logging.StreamHandler)
        handler.setStream(_Closed())
        with _only_our_handler():
            logging.getLogger("gateway").info("card %s", PAN)

    told = capsys.readouterr().err
    assert "log line of gateway lost: OSError" in told
    assert PAN not in told


def test_value_when_deep_or_long_then_it_is_bounded() -> None:
    deep: object = "end"
    for _ in range(50):
        deep = [deep]

    assert "end" not in str(redact_value(deep))
    assert len(str(redact_value(list(range(100_000))))) < 10_000
    assert len(redact_text("x" * 10_000_000)) < TEXT_MAX + 40
