"""Reads reports of further acquirers by a description: columns for gross, fee and net, words for what moved."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields

from connectors.statements.acquirer import MovementKind, MovementRead, ReportRead, report_day
from connectors.statements.amounts import AmountError, known_currency, table_amount
from connectors.statements.csv_description import typed_fields
from connectors.statements.statement import PaymentFacts
from connectors.statements.tables import TableRow, cells_by_name, header_key
from gateway.domain.errors import ConfigurationError
from gateway.domain.money import Currency, Money

_PLAIN = frozenset({"delimiter", "decimal", "dates", "currency", "fees_above_zero"})
_HINT = "Compare it with the descriptions in docs/statements.md."


@dataclass(frozen=True, slots=True)
class AcquirerColumns:
    """Which column holds what, by its heading in lower case; empty: none.

    ``net``, or ``gross`` from which it is reckoned with the ``fee``; ``kind``: the word that says what moved;
    ``payout``: number of the payout; ``reference``: the acquirer's own; ``end_to_end``: the shop's.
    """

    booked: str
    value: str = ""
    gross: str = ""
    fee: str = ""
    net: str = ""
    currency: str = ""
    kind: str = ""
    payout: str = ""
    reference: str = ""
    end_to_end: str = ""
    account: str = ""
    brand: str = ""
    text: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AcquirerDescription:
    """One description. ``header``: headings that must all be there; ``kinds``: the words of each kind of movement.

    ``fees_above_zero``: a fee that was taken is written without a sign; ``usual``: the kind of rows whose word is not
    listed, or of all where no column tells.
    """

    name: str
    columns: AcquirerColumns
    header: tuple[str, ...]
    kinds: Mapping[MovementKind, tuple[str, ...]] = field(default_factory=dict)
    delimiter: str = ""
    decimal: str = ""
    dates: tuple[str, ...] = ("%Y-%m-%d",)
    currency: str = ""
    fees_above_zero: bool = True
    usual: MovementKind = MovementKind.ADJUSTMENT


def acquirer_description_of(name: str, data: Mapping[str, object]) -> AcquirerDescription:
    """Return a description as a TOML file of the kind ``acquirer`` gives it.

    Raises:
        ConfigurationError: ``invalid_csv_description``.
    """
    try:
        kinds, header = _table(data.get("kinds", {})), _words(data.get("header", []))
        rest = {key: value for key, value in data.items() if key in _PLAIN}
        if unknown := sorted(data.keys() - _PLAIN - {"header", "columns", "kinds", "usual"}):
            message = f"“{unknown[0]}” is no field of it"
            raise TypeError(message)  # noqa: TRY301 - one answer for everything that is wrong with it
        found = AcquirerDescription(
            name=name,
            header=header,
            columns=AcquirerColumns(**typed_fields(AcquirerColumns, _table(data.get("columns", {})))),
            kinds={MovementKind(key): tuple(map(str.lower, _words(value))) for key, value in kinds.items()},
            usual=MovementKind(str(data.get("usual", MovementKind.ADJUSTMENT))),
            **typed_fields(AcquirerDescription, rest),
        )
    except (TypeError, ValueError) as error:
        message = f"The description “{name}” of a report cannot be used: {error}."
        raise ConfigurationError("invalid_csv_description", message, _HINT) from error
    named = {getattr(found.columns, one.name) for one in fields(found.columns) if one.name != "text"} - {""}
    lacking = sorted((named | set(found.columns.text)) - set(found.header))
    if lacking or not (found.columns.net or found.columns.gross):
        why = f"“{lacking[0]}” is no heading of it" if lacking else "it names no column of net or gross amounts"
        message = f"The description “{name}” of a report cannot be used: {why}."
        raise ConfigurationError("invalid_csv_description", message, _HINT)
    return found


def _table(value: object) -> Mapping[str, object]:
    if not isinstance(value, dict):
        message = "columns and kinds are tables"
        raise TypeError(message)
    return value


def _words(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        message = "lists hold words"
        raise TypeError(message)
    return tuple(value)


def read_described(rows: Sequence[TableRow], description: AcquirerDescription, *, header_at: int) -> ReportRead:
    """Read a report by its description.

    Args:
        rows: of the table.
        description: how it is written.
        header_at: index of the row with the headings.
    """
    report = ReportRead(f"Acquirer {description.name}")
    header, body = rows[header_at].cells, rows[header_at + 1 :]
    report.count(header, body, description.decimal)
    names = [header_key(cell) for cell in header]
    columns = description.columns
    for row in body:
        cells = cells_by_name(names, row)
        code = cells.get(columns.currency, "") if columns.currency else description.currency
        currency = known_currency(code.strip().upper())
        if currency is None:
            report.left_out(row.line, "it names no currency that is known")
            continue
        try:
            movement = _movement(cells, row.line, currency, description)
        except AmountError as error:
            report.left_out(row.line, error)
            continue
        if movement.booked_on is None:
            report.left_out(row.line, "it has no day that fits")
            continue
        report.account = report.account or (cells.get(columns.account, "") if columns.account else "")
        report.id = report.id or movement.facts.batch_id
        report.movements.append(movement)
    return report


def _movement(
    cells: Mapping[str, str], line: int, currency: Currency, description: AcquirerDescription
) -> MovementRead:
    columns = description.columns

    def cell(name: str) -> str:
        return cells.get(name, "") if name else ""

    word = cell(columns.kind)
    kind = next((kind for kind, words in description.kinds.items() if word.strip().lower() in words), description.usual)
    gross, fee, net = _amounts(cell(columns.gross), cell(columns.fee), cell(columns.net), currency, description)
    # Some acquirers write what they paid out as the shop receives it; it leaves the balance they hold.
    if kind is MovementKind.PAYOUT and net.minor > 0:
        gross, net = (-gross if gross is not None else None), -net
    payout = cell(columns.payout)
    return MovementRead(
        line=line,
        net=net,
        kind=kind,
        facts=PaymentFacts(
            end_to_end_id=cell(columns.end_to_end),
            bank_ref=cell(columns.reference) or (payout if kind is MovementKind.PAYOUT else ""),
            batch_id=payout,
            text=" ".join(cell(name) for name in columns.text if cell(name)),
            bank_code=cell(columns.brand),
        ),
        booked_on=report_day(cell(columns.booked), *description.dates),
        value_on=report_day(cell(columns.value), *description.dates),
        gross=gross,
        fee=fee,
        bank_code=word,
    )


def _amounts(
    gross: str, fee: str, net: str, currency: Currency, description: AcquirerDescription
) -> tuple[Money | None, Money | None, Money]:
    """Return gross, fee (below zero when it was taken) and net; what no column tells follows from the others."""
    mark = description.decimal
    before = table_amount(gross, currency, mark) if gross else None
    taken = table_amount(fee, currency, mark) if fee else None
    if taken is not None and description.fees_above_zero:
        taken = -taken
    if net:
        return before, taken, table_amount(net, currency, mark)
    if before is None:
        message = "it has no amount"
        raise AmountError(message)
    return before, taken, before + taken if taken is not None else before
