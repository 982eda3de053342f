"""Learns a table nobody described: columns with samples and guesses, questions to a person, a description as data.

What a person confirmed is kept as text (TOML) and given to the readers, which then know the next file of that kind.
"""

import json
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace

from connectors.statements.acquirer_described import AcquirerDescription, acquirer_description_of
from connectors.statements.amounts import known_currency, not_readable
from connectors.statements.csv_assistant import CsvQuestion
from connectors.statements.csv_assistant import propose as propose_rows
from connectors.statements.csv_description import CsvColumns, CsvDescription
from connectors.statements.csv_description import description_of as csv_description_of
from connectors.statements.tables import delimiter_in, header_key, read_rows
from gateway.domain.errors import ConfigurationError, InputError

_SAMPLES = 5
_HINT = "Compare it with the descriptions in docs/statements.md."
TableDescription = CsvDescription | AcquirerDescription


@dataclass(frozen=True, slots=True)
class ColumnSeen:
    """One column. ``name``: its heading in lower case, or its number (``#2``); ``samples``: different cells of it.

    ``guess``: the field of ``CsvColumns`` that it seems to be, or empty.
    """

    name: str
    samples: tuple[str, ...]
    guess: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """How a table may be read. ``certain``: a running balance proves it, so that nothing has to be asked.

    ``reasons``: why the columns were taken as they are, in words; ``description``: what the guesses make.
    """

    columns: tuple[ColumnSeen, ...]
    questions: tuple[CsvQuestion, ...]
    certain: bool
    reasons: tuple[str, ...]
    description: CsvDescription


@dataclass(frozen=True, slots=True)
class Answers:
    """What a person says. ``name``: of the description; ``currency``: where no column tells it.

    ``day_first``: whether days are written before months; ``debits_above_zero``: the bank writes debits without a
    sign and credits with one; ``columns``: heading by field of ``CsvColumns`` where the guess is wrong, empty for none;
    several headings of ``text`` are put in order with a comma between them.
    """

    name: str
    currency: str = ""
    day_first: bool | None = None
    debits_above_zero: bool = False
    columns: Mapping[str, str] = field(default_factory=dict)


def propose(content: bytes) -> Proposal:
    """Look at a table and propose how it is to be read.

    Raises:
        InputError: ``table_not_described``: no column holds days, or none holds amounts; ``not_a_statement``,
            ``statement_too_large``.
    """
    rows = read_rows(content)
    found = propose_rows(rows)
    if found is None:
        hint = "Describe its columns by hand (docs/statements.md)."
        raise not_readable("table_not_described", "no column holds days, or none holds amounts", hint)
    width = found.description.width
    names = [f"#{number}" for number in range(1, width + 1)]
    body = rows
    if found.header_at is not None:
        names = [header_key(cell) or name for cell, name in zip(rows[found.header_at].cells, names, strict=False)]
        body = rows[found.header_at + 1 :]
    guesses = _guesses(found.description.columns)
    columns = []
    for at, name in enumerate(names):
        cells = dict.fromkeys(row.cells[at] for row in body if at < len(row.cells) and row.cells[at])
        columns.append(ColumnSeen(name, tuple(cells)[:_SAMPLES], guesses.get(name, "")))
    description = replace(found.description, delimiter=delimiter_in(content))
    return Proposal(tuple(columns), found.questions, found.certain, description.reasons, description)


def _guesses(columns: CsvColumns) -> dict[str, str]:
    guesses = dict.fromkeys(columns.text, "text")
    for one in fields(columns):
        value = getattr(columns, one.name)
        if isinstance(value, str) and value:
            guesses[value] = one.name
    return guesses


def description_of(proposal: Proposal, answers: Answers) -> CsvDescription:
    """Return the description that a person confirmed.

    Raises:
        InputError: ``answer_not_usable``: a field or heading that is not there, an unknown currency, no amounts left.
    """
    described = proposal.description
    known = {one.name for one in proposal.columns}
    changes: dict[str, object] = {}
    for name, heading in answers.columns.items():
        headings = tuple(header_key(part) for part in heading.split(",") if part.strip()) if name == "text" else ()
        wanted = headings if name == "text" else (header_key(heading),) if heading else ()
        if name not in CsvColumns.__slots__ or name == "pending_words" or not known.issuperset(wanted):
            raise _not_usable(f"“{name}” cannot be in the column “{heading}”", "Choose among the columns of the table.")
        changes[name] = headings if name == "text" else header_key(heading)
    # One signed column or two without signs: what a person names replaces the other way.
    if changes.get("amount"):
        changes = {"debit": "", "credit": "", **changes}
    elif changes.get("debit") or changes.get("credit"):
        changes = {"amount": "", **changes}
    columns = replace(described.columns, **changes)  # type: ignore[arg-type]
    if not columns.booked or not (columns.amount or columns.debit or columns.credit):
        raise _not_usable("a day and an amount are needed", "Name the columns of days and amounts.")
    currency = answers.currency.strip().upper()
    if currency and known_currency(currency) is None:
        raise _not_usable(f"the currency “{currency[:8]}” is not known", "Give its three letters, such as EUR.")
    dates = described.dates
    if answers.day_first is not None:
        wanted_order = "%d" if answers.day_first else "%m"
        dates = tuple(form for form in dates if form.startswith(("%Y", wanted_order))) or dates
    return replace(
        described,
        name=answers.name,
        columns=columns,
        currency=currency or described.currency,
        dates=dates,
        inverse=answers.debits_above_zero,
    )


def _not_usable(why: str, hint: str) -> InputError:
    return InputError("answer_not_usable", f"The table cannot be described in this way: {why}.", hint, "/answers")


def description_text(description: CsvDescription) -> str:
    """Return a description as TOML; :func:`description_from` reads it back."""
    told = asdict(description)
    columns = told.pop("columns")
    lines = [f"# {reason}".replace("\n", " ") for reason in told.pop("reasons")]
    del told["name"]
    lines += [f"{name} = {_toml(value)}" for name, value in told.items() if value not in ("", (), None, 0, False)]
    lines += ["", "[columns]"]
    lines += [f"{name} = {_toml(value)}" for name, value in columns.items() if value not in ("", ())]
    return "\n".join(lines) + "\n"


def _toml(value: object) -> str:
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_toml, value))}]"
    if isinstance(value, bool | int):
        return str(value).lower()
    # Strings of JSON are basic strings of TOML, but for one control character.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def description_from(name: str, text: str) -> TableDescription:
    """Return the description of a table, or of an acquirer's report (``kind = "acquirer"``), from its TOML.

    Raises:
        ConfigurationError: ``invalid_csv_description``.
    """
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        message = f"The description “{name}” is no TOML: {error}."
        raise ConfigurationError("invalid_csv_description", message, _HINT) from error
    kind = data.pop("kind", "bank")
    if kind not in {"bank", "acquirer"}:
        message = f"The description “{name}” is of the kind “{kind}”, which is not known."
        raise ConfigurationError("invalid_csv_description", message, _HINT)
    return acquirer_description_of(name, data) if kind == "acquirer" else csv_description_of(name, data)
