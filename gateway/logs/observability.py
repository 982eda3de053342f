"""The log: one event name per fact, ids bound to the running work, nothing in it that must not be read.

`configure_logging` puts one handler on the root logger; every library's lines, warnings and uncaught tracebacks pass it
(PCI DSS 3.5.1). Code logs with `log_event(logger, "payment.outcome_unknown", payment_id=...)` or with plain `logging`.
"""

from __future__ import annotations

import contextlib
import json
import logging
import sys
import threading
import traceback
from collections.abc import Iterator
from contextvars import ContextVar
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, TextIO

from gateway.logs.redaction import redact_text, redact_value, show_control_characters
from terminal_driver.card_data import cut_card_bytes

CONTEXT_IDS = ("request_id", "trace_id", "payment_id", "attempt_id", "device_id")
"""Ids that may be bound to the running work; they stand first in every line."""

_bound: ContextVar[tuple[tuple[str, str], ...]] = ContextVar("tillbridge_log_ids", default=())
_FIELDS = "event_fields"


@contextlib.contextmanager
def bound_ids(
    *,
    request_id: str | None = None,
    trace_id: str | None = None,
    payment_id: str | None = None,
    attempt_id: str | None = None,
    device_id: str | None = None,
) -> Iterator[None]:
    """Bind ids to every line logged inside the block, in this thread or task; None keeps what is bound outside."""
    given = dict(zip(CONTEXT_IDS, (request_id, trace_id, payment_id, attempt_id, device_id), strict=True))
    ids = dict(_bound.get()) | {name: value for name, value in given.items() if value is not None}
    token = _bound.set(tuple(ids.items()))
    try:
        yield
    finally:
        _bound.reset(token)


def current_ids() -> dict[str, str]:
    """The ids bound now, for handing them to another thread."""
    return dict(_bound.get())


def log_event(logger: logging.Logger, event: str, /, *, level: int = logging.INFO, **fields: object) -> None:
    """Log one fact.

    Args:
        logger: the logger of the module.
        event: stable name in the form `area.what_happened`; never with figures in it.
        level: a level of `logging`.
        **fields: the figures and ids of the fact.
    """
    logger.log(level, event, extra={_FIELDS: fields}, stacklevel=2)


class BindIds(logging.Filter):
    """Keeps the ids that were bound when the line was logged with its record."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let everything pass."""
        record.context_ids = _bound.get()
        return True


def event_of(record: logging.LogRecord) -> dict[str, Any]:
    """The line as plain data, already redacted: the only thing a formatter sees."""
    ids: tuple[tuple[str, str], ...] = getattr(record, "context_ids", ())
    event: dict[str, Any] = {
        "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "level": record.levelname.lower(),
        "logger": record.name,
        "event": redact_text(_message(record)),
    }
    event |= {name: redact_text(value) for name, value in ids}
    fields = getattr(record, _FIELDS, None)
    if isinstance(fields, dict):
        # A field never takes the place of what the log itself says.
        event |= {name: redact_value(value, key=name) for name, value in fields.items() if name not in event}
    if record.exc_info and record.exc_info[0] is not None:
        event["exception"] = redact_text("".join(traceback.format_exception(*record.exc_info)).rstrip())
    if record.stack_info:
        event["stack"] = redact_text(record.stack_info)
    return event


def _message(record: logging.LogRecord) -> str:
    if isinstance(record.args, tuple) and any(isinstance(argument, bytes) for argument in record.args):
        # Written as text, the two digits of a BCD byte would look like one letter and pass unseen.
        shown = (cut_card_bytes(argument) if isinstance(argument, bytes) else argument for argument in record.args)
        record = logging.makeLogRecord({**record.__dict__, "args": tuple(shown)})
    try:
        return record.getMessage()
    except (TypeError, ValueError):
        return f"{record.msg} (arguments do not fit)"


class JsonFormatter(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """Text without line ends."""
        return (
            json.dumps(event_of(record), ensure_ascii=False, default=str).replace("\u2028", " ").replace("\u2029", " ")
        )


class ConsoleFormatter(logging.Formatter):
    """Lines for a person: time, level, event, `name=value`; a traceback is indented below."""

    def format(self, record: logging.LogRecord) -> str:
        """Text; lines after the first are indented, so that no value can forge an entry."""
        event = event_of(record)
        at, level, _, name = (event.pop(key) for key in ("at", "level", "logger", "event"))
        below = [str(event.pop(key)) for key in ("exception", "stack") if key in event]
        values = " ".join(f"{key}={value}" for key, value in event.items())
        text = "\n".join([f"{at[11:23]} {level:<8}{name} {values}".rstrip(), *below])
        return show_control_characters(text).replace("\n", "\n    ")


class _QuietHandler(logging.StreamHandler[TextIO]):
    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - name of the standard library
        """Tell that a line was lost, without the record: the standard library would print its raw arguments."""
        with contextlib.suppress(OSError, ValueError):
            sys.stderr.write(f"log line of {record.name} lost: {type(sys.exc_info()[1]).__name__}\n")


def configure_logging(*, level: str, log_format: str, stream: TextIO | None = None) -> logging.Handler:
    """Make the log what the settings say; the handlers that were on the root logger are replaced.

    Effects: sets the root logger, warnings, and the hooks for uncaught exceptions of the process and of threads.

    Args:
        level: `debug`, `info`, `warning` or `error`.
        log_format: `json` or `console`.
        stream: where to; None is standard error.

    Returns:
        The handler on the root logger.
    """
    handler = _QuietHandler(stream if stream is not None else sys.stderr)
    handler.setFormatter(ConsoleFormatter() if log_format == "console" else JsonFormatter())
    handler.addFilter(BindIds())
    root = logging.getLogger()
    for old in list(root.handlers):
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(level.upper())
    logging.captureWarnings(capture=True)
    sys.excepthook = _log_uncaught
    threading.excepthook = _log_uncaught_in_thread
    return handler


def _log_uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        return
    logging.getLogger("gateway").critical("process.uncaught_exception", exc_info=(kind, error, trace))


def _log_uncaught_in_thread(arguments: threading.ExceptHookArgs) -> None:
    if arguments.exc_value is None or issubclass(arguments.exc_type, SystemExit):
        return
    told = (arguments.exc_type, arguments.exc_value, arguments.exc_traceback)
    fields = {_FIELDS: {"thread": arguments.thread.name if arguments.thread else "?"}}
    logging.getLogger("gateway").critical("thread.uncaught_exception", exc_info=told, extra=fields)
