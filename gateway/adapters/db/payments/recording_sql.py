# ruff: noqa: S608  # the statements are put together from constants of this module; values are always bound
"""The statements of the money path, written once at import in the words of each driver.

On PostgreSQL the intent and the conclusion are one statement each (writable CTEs), so that they cost one round trip;
each part takes its row from the part before it, so nothing is stored where a part finds nothing. On SQLite, where a
call costs no round trip, the same parts run one by one. psycopg keeps the parsed form only of statements below 4,096
characters with at most 50 parameters, hence the short names. The two statements of a plain sale exist in libpq's words,
too, for :mod:`gateway.adapters.db.direct_postgresql`: for one sale, and for several at once. There the values are the
columns of the row set ``v``, named ``p_...`` so that no column of a table is meant by accident.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from gateway.adapters.db.direct_postgresql import DirectStatement, Kind
from gateway.adapters.db.statements import Numbered
from gateway.adapters.db.tables import CLAIMING_SQL, FOR_PAYMENT_SQL

_JSON = {"lines", "result", "outbox"}
_NULLABLE_TYPES = {
    "receipt_no": "integer",
    "trace_no": "integer",
    "last_receipt_no": "integer",
    "last_trace_no": "integer",
    "last_turnover_no": "integer",
    "epoch": "bigint",
    "transfer": "uuid",
    "pending": "uuid",
    "cause": "uuid",
    "amount": "bigint",
    "booked_at": "timestamptz",
}


_KINDS = (
    dict.fromkeys(("payment", "attempt", "transfer", "pending", "cause", "sale"), Kind.UUID)
    | dict.fromkeys(("blocks", "numbers"), Kind.BOOLEAN)
    | dict.fromkeys(("sent_at", "noted_at", "sold_at", "made_at", "booked_at"), Kind.INSTANT)
    | dict.fromkeys(("number", "total", "price", "status", "amount", "epoch", "receipt_no", "trace_no"), Kind.INTEGER)
    | dict.fromkeys(("last_receipt_no", "last_trace_no", "last_turnover_no"), Kind.INTEGER)
    | {"body": Kind.BYTES}
    | dict.fromkeys(_JSON, Kind.JSON)
)
"""Kinds of the parameters that are no text."""


class _SqliteMarks(dict[str, str]):
    """``{name}`` in a template becomes ``?1``, ``?2`` and so on; the keys are the names in this order."""

    def __missing__(self, name: str) -> str:
        self[name] = mark = f"?{len(self) + 1}"
        return mark


class _PostgresqlMarks(dict[str, str]):
    """``{name}`` becomes ``%(name)s``, with a cast where a NULL or a text would be taken for another type."""

    def __missing__(self, name: str) -> str:
        cast = "jsonb" if name in _JSON else _NULLABLE_TYPES.get(name)
        return f"%({name})s" + (f"::{cast}" if cast else "")


class _ColumnMarks(dict[str, str]):
    """``{name}`` becomes ``p_name``."""

    def __missing__(self, name: str) -> str:
        return f"p_{name}"


def _sqlite(template: str) -> Numbered:
    marks = _SqliteMarks()
    sql = template.format_map(marks)
    return Numbered(sql, list(marks))


def _postgresql(template: str) -> str:
    return template.format_map(_PostgresqlMarks())


def _together(template: str) -> str:
    return template.format_map(_ColumnMarks())


def _direct(statement: str, together: str | None = None) -> DirectStatement:
    """Return a statement of psycopg's form (``%(name)s``) with numbers instead of names.

    ``together``: the same for the rows of ``v``, as what follows ``WITH v AS (...), ``.
    """
    names: dict[str, int] = {}
    sql = re.sub(r"%\((\w+)\)s", lambda found: f"${names.setdefault(found[1], len(names) + 1)}", statement)
    kinds = [(name, _KINDS.get(name, Kind.TEXT)) for name in names]
    if together is not None:
        columns = ", ".join(f"p_{name}" for name in names)
        arrays = ", ".join(f"${number}::{kind.value[0]}[]" for number, (_, kind) in enumerate(kinds, 1))
        together = f"WITH v ({columns}, row) AS (SELECT * FROM unnest({arrays}) WITH ORDINALITY), {together}"
    return DirectStatement(sql, kinds, together)


@dataclass(frozen=True, slots=True)
class _Insertion:
    """One INSERT: column -> template of its value."""

    table: str
    values: Mapping[str, str]

    def alone(self, end: str = "") -> Numbered:
        """The statement for SQLite."""
        return _sqlite(f"INSERT INTO {self._columns} VALUES ({self._values}){end}")

    def fed_by(self, source: str, end: str = " RETURNING 1") -> str:
        """The statement as a part of a larger one for PostgreSQL: one row for each row of ``source``."""
        return _postgresql(f"INSERT INTO {self._columns} SELECT {self._values} FROM {source}{end}")

    def of_each(self, source: str, end: str = "") -> str:
        """The statement as a part of a larger one for many: one row for each row of ``source``, which holds ``v``."""
        return _together(f"INSERT INTO {self._columns} SELECT {self._values} FROM {source}{end}")

    @property
    def _columns(self) -> str:
        return f"{self.table} ({', '.join(self.values)})"

    @property
    def _values(self) -> str:
        return ", ".join(self.values.values())


_PLACE = {"tenant_id": "{tenant}", "store_id": "{store}"}
_HERE = "tenant_id = {tenant} AND store_id = {store}"

_SALE = _Insertion(
    "sale",
    _PLACE
    | {
        "sale_id": "{sale}",
        "register_id": "{register}",
        "total_minor": "{total}",
        "currency": "{total_unit}",
        "lines": "{lines}",
        "created_at": "{sold_at}",
        "created_by": "{sold_by}",
    },
)
_ANSWER = _Insertion(
    "stored_answer",
    _PLACE
    | {
        "key": "{key}",
        "request_hash": "{hash}",
        "status": "{status}",
        "body": "{body}",
        "location": "{location}",
        "created_at": "{sent_at}",
    },
)
_PAYMENT = _Insertion(
    "payment",
    _PLACE
    | {
        "payment_id": "{payment}",
        "sale_id": "{sale}",
        "register_id": "{register}",
        "terminal_id": "{terminal}",
        "amount_minor": "{price}",
        "currency": "{currency}",
        "reference": "{reference}",
        "created_at": "{made_at}",
        "created_by": "{made_by}",
        "trace_id": "{trace}",
    },
)
_LAST_SEQUENCE = f"(SELECT coalesce(max(last_sequence), 0) + 1 FROM attempt WHERE {_HERE} AND payment_id = {{payment}})"
_ATTEMPT_VALUES = _PLACE | {
    "attempt_id": "{attempt}",
    "payment_id": "{payment}",
    "number": "{number}",
    "terminal_id": "{terminal}",
    "state": "{state}",
    "blocks_terminal": "{blocks}",
    "sent_at": "{sent_at}",
    "last_sequence": _LAST_SEQUENCE,
}
BASELINE = ("epoch", "baseline_receipt_no", "baseline_trace_no", "baseline_turnover_no")
"""What an attempt takes from its terminal, in the order in which the statements return it."""
_FIRST_ATTEMPT_OF_DEVICE = _Insertion(
    "attempt", _ATTEMPT_VALUES | {name: f"d.{name}" for name in BASELINE} | {"last_sequence": "1"}
)
_ATTEMPT_OF_DEVICE = _Insertion("attempt", _ATTEMPT_VALUES | {name: f"d.{name}" for name in BASELINE})
_ATTEMPT = _Insertion("attempt", _ATTEMPT_VALUES | {name: f"{{{name}}}" for name in BASELINE})
_TRANSFER = _Insertion(
    "ledger_transfer",
    _PLACE
    | {
        "transfer_id": "{transfer}",
        "kind": "{phase}",
        "debit_account": "{debit}",
        "credit_account": "{credit}",
        "amount_minor": "{amount}",
        "currency": "{unit}",
        "pending_id": "{pending}",
        "cause_id": "{cause}",
        "trace_id": "{trace}",
        "recorded_at": "{booked_at}",
    },
)
_EVENT_VALUES = _PLACE | {
    "payment_id": "{payment}",
    "kind": "{kind}",
    "state": "{state}",
    "words": "{words}",
    "actor": "{actor}",
    "recorded_at": "{noted_at}",
}
_EVENT_OF_ATTEMPT = _Insertion("payment_event", _EVENT_VALUES | {"sequence": "a.last_sequence"})

_DEVICE_COLUMNS = (
    "l.epoch, d.last_receipt_no AS baseline_receipt_no, d.last_trace_no AS baseline_trace_no,"
    " d.last_turnover_no AS baseline_turnover_no"
)
_DEVICE_ROWS = (
    "lease l JOIN device d USING (tenant_id, store_id, device_id)"
    " WHERE l.tenant_id = {tenant} AND l.store_id = {store} AND l.device_id = {terminal} AND d.kind = 'terminal'"
)
_DEVICE = f"SELECT {_DEVICE_COLUMNS} FROM {_DEVICE_ROWS}"
# Who takes the lease meanwhile waits for this row and then finds the new attempt: none keeps an old epoch.
_LOCK_LEASE = " FOR SHARE OF l"


def _intent(*, sale: bool, payment: bool, answer: bool) -> str:
    parts = [f"d AS ({_postgresql(_DEVICE)}{_LOCK_LEASE})"]
    last = "d"
    if sale:
        parts.append(f"s AS ({_SALE.fed_by(last, ' ON CONFLICT DO NOTHING RETURNING 1')})")
        last = "s"
    if answer:
        parts.append(f"w AS ({_ANSWER.fed_by(last)})")
        last = "w"
    if payment:
        parts.append(f"p AS ({_PAYMENT.fed_by(last)})")
        last = "p"
    source = "d" if last == "d" else f"d, {last}"
    returned = f" RETURNING last_sequence, {', '.join(BASELINE)}"
    attempt = _FIRST_ATTEMPT_OF_DEVICE if payment else _ATTEMPT_OF_DEVICE
    parts.append(f"a AS ({attempt.fed_by(source, returned)})")
    parts.append(f"t AS ({_TRANSFER.fed_by('a')})")
    parts.append(f"e AS ({_EVENT_OF_ATTEMPT.fed_by('a')})")
    return f"WITH {', '.join(parts)} SELECT {', '.join(BASELINE)} FROM a"


POSTGRESQL_INTENT = {
    (sale, payment, answer): _intent(sale=sale, payment=payment, answer=answer)
    for sale, payment in ((True, True), (False, True), (False, False))
    for answer in (True, False)
}
"""By what is stored besides the attempt: (sale, payment, answer). No row: unknown terminal, or the sale is stored."""

# The first journal line of a payment; where one sale is stored at a time, it is taken from the attempt.
_FIRST_EVENT = _Insertion("payment_event", _EVENT_VALUES | {"sequence": "1"})
_INTENTS = (
    _together(f"d AS (SELECT v.*, {_DEVICE_COLUMNS} FROM v, {_DEVICE_ROWS}{_LOCK_LEASE}), ")
    + f"s AS ({_SALE.of_each('d', ' ON CONFLICT DO NOTHING RETURNING tenant_id, store_id, sale_id')}), "
    + _together("x AS (SELECT d.* FROM d JOIN s ON tenant_id = {tenant} AND store_id = {store} AND sale_id = {sale}), ")
    + f"w AS ({_ANSWER.of_each('x')}), p AS ({_PAYMENT.of_each('x')}),"
    + f" a AS ({_FIRST_ATTEMPT_OF_DEVICE.of_each('x AS d')}), t AS ({_TRANSFER.of_each('x')}),"
    + f" e AS ({_FIRST_EVENT.of_each('x')})"
    + f" SELECT row, {', '.join(BASELINE)} FROM x"
)
"""Each row by itself as in :func:`_intent`: one whose terminal is unknown or whose sale is stored leaves nothing. No
two rows may name the same sale."""

DIRECT_INTENT = {
    answer: _direct(POSTGRESQL_INTENT[sale, payment, answer], _INTENTS if answer else None)
    for sale, payment, answer in POSTGRESQL_INTENT
    if sale and payment
}
"""The intent of a new sale with its payment, by whether an answer is stored."""

SQLITE_DEVICE = _sqlite(_DEVICE)
SQLITE_SALE = _SALE.alone(" ON CONFLICT DO NOTHING")
SQLITE_ANSWER = _ANSWER.alone()
SQLITE_PAYMENT = _PAYMENT.alone()
SQLITE_ATTEMPT = _ATTEMPT.alone(" RETURNING last_sequence")
SQLITE_TRANSFER = _TRANSFER.alone()
SQLITE_EVENT = _Insertion("payment_event", _EVENT_VALUES | {"sequence": "{sequence}"}).alone()

_CONCLUDED = (
    "UPDATE attempt SET state = {state}, blocks_terminal = {blocks}, concluded_at = {noted_at}, evidence = {evidence},"
    " reason_code = {reason_code}, reason = {words}, decided_by = {decided_by}, result = coalesce({result}, result),"
    " receipt_no = coalesce({receipt_no}, receipt_no), trace_no = coalesce({trace_no}, trace_no),"
    " last_sequence = last_sequence + 1"
)
_FENCE = (
    f" WHERE {_HERE} AND attempt_id = {{attempt}} AND payment_id = {{payment}}"
    " AND ({epoch} IS NULL OR epoch = {epoch})"
)
_FENCED_UPDATE = _CONCLUDED + _FENCE
_EXPECTED = " AND state = ANY (string_to_array({expected}, ','))"
_DEVICE_NUMBERS = (
    "UPDATE device SET last_receipt_no = {last_receipt_no}, last_trace_no = {last_trace_no},"
    " last_turnover_no = {last_turnover_no}"
)
_OUTBOX = (
    "outbox_id",
    "kind",
    "target",
    "payload",
    "created_at",
    "state",
    "tries",
    "due_at",
    "note",
    "epoch",
)
_OUTBOX_COLUMNS = f"tenant_id, store_id, payment_id, changed_at, {', '.join(_OUTBOX)}"

_OUTBOX_ROWS = (
    f"SELECT {{tenant}}, {{store}}, {{payment}}, {{noted_at}}, {', '.join(f'm.{name}' for name in _OUTBOX)}"
    " FROM a, jsonb_to_recordset({outbox}) AS m (outbox_id uuid, kind text, target text, payload jsonb,"
    " created_at timestamptz, state text, tries integer, due_at timestamptz, note text, epoch bigint)"
    " ON CONFLICT DO NOTHING"
)
_NUMBERS_OF_DEVICE = f"{_DEVICE_NUMBERS} FROM a WHERE {{numbers}} AND {_HERE} AND device_id = {{terminal}}"

POSTGRESQL_CONCLUSION = _postgresql(
    f"WITH a AS ({_FENCED_UPDATE}{_EXPECTED} RETURNING last_sequence),"
    f" t AS ({_TRANSFER.fed_by('a', ' WHERE {transfer} IS NOT NULL RETURNING 1')}),"
    f" o AS (INSERT INTO outbox ({_OUTBOX_COLUMNS})"
    f" {_OUTBOX_ROWS} RETURNING 1),"
    f" n AS ({_NUMBERS_OF_DEVICE} RETURNING 1)"
    f" {_EVENT_OF_ATTEMPT.fed_by('a', ' RETURNING sequence')}"
)
"""The journal line's sequence, or no row where the fence or the state forbade the conclusion."""

_EVENT_OF_EACH = _Insertion("payment_event", _EVENT_VALUES | {"sequence": "last_sequence"})
_CONCLUSIONS = (
    _together(f"a AS ({_CONCLUDED} FROM v{_FENCE}{_EXPECTED} RETURNING attempt.last_sequence, v.*), ")
    + f"t AS ({_TRANSFER.of_each('a', ' WHERE {transfer} IS NOT NULL')}), "
    + _together(f"o AS (INSERT INTO outbox ({_OUTBOX_COLUMNS}) {_OUTBOX_ROWS}), n AS ({_NUMBERS_OF_DEVICE}), ")
    + f"e AS ({_EVENT_OF_EACH.of_each('a')}) SELECT row, last_sequence FROM a"
)
"""No two rows may name the same attempt or terminal."""

DIRECT_CONCLUSION = _direct(POSTGRESQL_CONCLUSION, _CONCLUSIONS)

SQLITE_CONCLUSION = _sqlite(
    f"{_FENCED_UPDATE} AND instr(',' || {{expected}} || ',', ',' || state || ',') > 0 RETURNING last_sequence"
)
SQLITE_DEVICE_NUMBERS = _sqlite(f"{_DEVICE_NUMBERS} WHERE {_HERE} AND device_id = {{terminal}}")
SQLITE_OUTBOX = _sqlite(
    f"INSERT INTO outbox ({_OUTBOX_COLUMNS}) VALUES ({{tenant}}, {{store}}, {{payment}}, {{noted_at}},"
    f" {', '.join(f'{{{name}}}' for name in _OUTBOX)}) ON CONFLICT DO NOTHING"
)

CLAIMED_BY_OTHERS = (
    "SELECT coalesce(sum(p.amount_minor), 0) AS claimed FROM payment p"
    " WHERE p.tenant_id = :tenant AND p.store_id = :store AND p.sale_id = :sale AND p.payment_id <> :payment"
    " AND EXISTS (SELECT 1 FROM attempt a WHERE a.tenant_id = p.tenant_id AND a.store_id = p.store_id"
    f" AND a.payment_id = p.payment_id AND a.{FOR_PAYMENT_SQL} AND a.{CLAIMING_SQL})"
)
"""Minor units of a sale that other payments may still charge or have charged."""
