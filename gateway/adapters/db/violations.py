"""From a violated constraint to the error the services know.

If several rules are broken at once, the first of this order is reported: ``unknown_terminal``, ``answer_exists``,
``payment_exists``, ``unknown_payment``, ``sale_exists``, ``payment_open``, ``sale_paid``, ``terminal_busy``. Where two
requests race, the one that waited learns the rule it met first.
"""

from collections.abc import Callable

from sqlalchemy import PrimaryKeyConstraint, UniqueConstraint

from gateway.adapters.db import access_tables, tables
from gateway.domain.errors import GatewayError, InputError, NotFound, RuleError

_SAME_ID = "Ask for the stored one; make a new id only for a new payment."


def answer_exists() -> RuleError:
    """Return the error for an idempotency key that is taken."""
    return RuleError("answer_exists", "This idempotency key was used before.", "Replay the stored answer.")


def payment_exists() -> RuleError:
    """Return the error for a payment id that is taken."""
    return RuleError("payment_exists", "A payment with this id is stored.", _SAME_ID)


def sale_exists() -> RuleError:
    """Return the error for a sale id that is taken by another payment's sale."""
    return RuleError("sale_exists", "A sale with this id is stored.", "Pay the stored sale, or make a new id.")


def sale_paid() -> RuleError:
    """Return the error for a payment that would charge more than the sale's total."""
    hint = "Look at the other payments of this sale before another card is charged."
    return RuleError("sale_paid", "Open or approved payments cover this sale already.", hint)


def payment_open() -> RuleError:
    """Return the error for a second attempt beside one that is open or approved."""
    hint = "Wait until the running attempt has ended; an approved payment needs no further one."
    return RuleError("payment_open", "The payment has an attempt that is open or approved.", hint)


def terminal_busy() -> RuleError:
    """Return the error for a sale on a terminal that is blocked."""
    hint = "Wait for the other payment, or resolve it if its outcome is in doubt."
    return RuleError("terminal_busy", "Another payment is using this terminal.", hint)


def unknown_terminal() -> InputError:
    """Return the error for a terminal this store does not have."""
    hint = "Use the id of a terminal of this store."
    return InputError("unknown_terminal", "This store has no such terminal.", hint, "/terminal_id")


def unknown_payment() -> NotFound:
    """Return the error for an attempt of a payment that is not stored."""
    return NotFound("unknown_payment", "There is no such payment.", "Check the id.")


def login_taken() -> RuleError:
    """Return the error for a login that somebody has."""
    return RuleError("login_taken", "Somebody has this login.", "Choose another one.")


def already_recorded() -> RuleError:
    """Return the error for any other row that exists or breaks a rule of the tables."""
    return RuleError("already_recorded", "The record exists or breaks a rule of the database.", "Load it again.")


_BY_NAME: dict[str, Callable[[], GatewayError]] = {
    "pk_stored_answer": answer_exists,
    "pk_payment": payment_exists,
    "pk_sale": sale_exists,
    "uq_attempt_claims_payment": payment_open,
    "uq_attempt_number": payment_open,
    "pk_payment_event": payment_open,
    "uq_attempt_blocks_terminal": terminal_busy,
    "fk_attempt_payment": unknown_payment,
    "fk_attempt_device": unknown_terminal,
    "uq_person_login": login_taken,
}


def _columns_by_name() -> dict[str, str]:
    found = {}
    for table in (*tables.metadata.tables.values(), access_tables.person):
        kinds = (PrimaryKeyConstraint, UniqueConstraint)
        constraints = [one for one in table.constraints if isinstance(one, kinds)]
        for unique in (*constraints, *(index for index in table.indexes if index.unique)):
            if unique.name in _BY_NAME:
                found[", ".join(f"{table.name}.{column.name}" for column in unique.columns)] = str(unique.name)
    return found


_SQLITE_NAMES = _columns_by_name()
"""SQLite names the columns of a violated unique constraint, PostgreSQL its name."""


def constraint_name(error: BaseException | None) -> str:
    """Return the name of the violated constraint, or an empty string when the driver does not tell."""
    diagnostics = getattr(error, "diag", None)
    if diagnostics is not None:
        return diagnostics.constraint_name or ""
    _, _, columns = str(error).partition("UNIQUE constraint failed: ")
    return _SQLITE_NAMES.get(columns, "")


def error_of(error: BaseException | None) -> GatewayError:
    """Return our error for a driver's error of a violated constraint."""
    return _BY_NAME.get(constraint_name(error), already_recorded)()
