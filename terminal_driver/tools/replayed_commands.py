"""Which commands a register gave in a recorded session, read from the explanations of what it sent."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from terminal_driver.currencies import currency_named
from terminal_driver.operations import EndOfDay, MoneyOperation, QuietOperation, Refund, SaleRequest, Totals
from terminal_driver.outcome import Baseline
from terminal_driver.session import TerminalSession
from terminal_driver.tools.results import outcome_record, result_record

Told = dict[str, object]
_Call = tuple[str, Callable[[TerminalSession], Told]]


@dataclass(frozen=True, slots=True)
class ReplayedCommand:
    """One command: when it was given, its name, and the call that gives it again and tells the result as data."""

    at_s: float
    name: str
    run: Callable[[TerminalSession], Told]


def commands_in(
    sent: Iterable[tuple[float, Mapping[str, object]]], currency_numeric: str, reference: str
) -> Iterator[ReplayedCommand]:
    """Yield the commands among the messages of a register that can be given again.

    Args:
        sent: seconds and JSON form of each message the register sent (see ``tools.explanation``).
        currency_numeric: of amounts whose message names none.
        reference: our own name of the sale; the messages of Concert and Caisse-AP do not tell it.
    """
    for at_s, message in sent:
        if not message.get("valid"):
            continue
        if (found := _zvt(message, currency_numeric) or _other(message, reference)) is not None:
            yield ReplayedCommand(at_s, *found)


def _zvt(message: Mapping[str, object], currency_numeric: str) -> _Call | None:
    fields = message.get("fields")
    amount = next((int(str(item[1])) for item in fields if item[0] == "04"), 0) if isinstance(fields, list) else 0
    match message.get("control"):
        case "0600":
            return ("register", lambda session: result_record(session.register()))
        case "0501":
            return ("status", lambda session: result_record(session.status()))
        case "0620":
            return ("last", lambda session: result_record(session.last_result()))
        case "0601":
            return _money("sale", SaleRequest(amount, currency_numeric, Baseline()))
        case "0631":
            return _money("refund", Refund(amount, currency_numeric, Baseline()))
        case "0650":
            return _quiet("end-of-day", EndOfDay())
        case "0610":
            return _quiet("totals", Totals())
        case _:
            return None


def _other(message: Mapping[str, object], reference: str) -> _Call | None:
    """Read a login or a sale of Concert, Caisse-AP or nexo; their other requests are not given again."""
    fields = message.get("fields")
    kind = _first(fields, "CD") if message.get("message") == "request" else message.get("message")
    if message.get("message") == "request" and kind is None:
        kind = _first(fields, "transaction_type")
    match kind:
        case "LoginRequest":
            return ("register", lambda session: result_record(session.register()))
        case "0":
            amount = _first(fields, "CB") or _first(fields, "amount_minor") or 0
            numeric = str(_first(fields, "CE") or _first(fields, "currency"))
            return _money("sale", SaleRequest(int(str(amount)), numeric, Baseline(), reference))
        case "PaymentRequest":
            currency = currency_named(str(_first(fields, "Currency")))
            amount = currency.minor_units(str(_first(fields, "RequestedAmount")))
            told = str(_first(fields, "TransactionID"))
            return _money("sale", SaleRequest(amount, currency.numeric, Baseline(), told))
        case _:
            return None


def first_service_id(sent: Iterable[Mapping[str, object]]) -> int | None:
    """Return the first counted number of a nexo message: a session played back has to count from there."""
    numbers = (str(message.get("service_id") or "") for message in sent)
    return next((int(number) for number in numbers if number.isdecimal()), None)


def _first(fields: object, name: str) -> object:
    """Return the first value of this name in nested [name, value] pairs, or None."""
    for pair in fields if isinstance(fields, list) else []:
        if pair[0] == name:
            return pair[1]
        if isinstance(pair[1], list) and (found := _first(pair[1], name)) is not None:
            return found
    return None


def _money(name: str, operation: MoneyOperation) -> _Call:
    return (name, lambda session: outcome_record(session.transact(operation)))


def _quiet(name: str, operation: QuietOperation) -> _Call:
    return (name, lambda session: result_record(session.perform(operation)))
