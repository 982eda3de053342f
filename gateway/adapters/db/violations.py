"""From a violated constraint to the error the services know.

If several rules are broken at once, the first of this order is reported: ``unknown_terminal``, ``answer_exists``,
``payment_exists``, ``unknown_payment``, ``sale_exists``, ``payment_open``, ``sale_paid``, ``terminal_busy``. Of a
refund: ``answer_exists``, ``refund_exists``, ``unknown_payment``, ``unknown_terminal``, ``nothing_to_refund``,
``refund_exceeds_payment``, ``terminal_busy``. Where two requests race, the one that waited learns the rule it met
first.
"""

from collections.abc import Callable

from sqlalchemy import PrimaryKeyConstraint, UniqueConstraint

from gateway.adapters.db import tables
from gateway.adapters.db.access import access_tables
from gateway.adapters.db.payables import supplier_tables
from gateway.adapters.db.payments import reservation_tables
from gateway.adapters.db.sales import sale_tables
from gateway.adapters.db.shifts import shift_tables
from gateway.domain.cards.refund import refund_exceeds_payment
from gateway.domain.errors import GatewayError, InputError, NotFound, RuleError
from gateway.domain.sales.till_sale import sale_claimed, sale_voided

REFUND_LIMIT = "refund_within_payment"
"""Name by which the trigger over the refunds of a payment tells that they exceed it."""

_SAME_ID = "Ask for the stored one; make a new id only for a new payment."


def answer_exists() -> RuleError:
    """Return the error for an idempotency key that is taken."""
    return RuleError("answer_exists", "This idempotency key was used before.", "Replay the stored answer.")


def payment_exists() -> RuleError:
    """Return the error for a payment id that is taken."""
    return RuleError("payment_exists", "A payment with this id is stored.", _SAME_ID)


def refund_exists() -> RuleError:
    """Return the error for a refund id that is taken."""
    return RuleError("refund_exists", "A refund with this id is stored.", "Make a new id only for a new refund.")


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


def shift_open() -> RuleError:
    """Return the error for a second shift beside one that is not closed."""
    hint = "Count and close the running shift first."
    return RuleError("shift_open", "This register has a shift that is not closed.", hint)


def shift_exists() -> RuleError:
    """Return the error for a shift id that is taken."""
    return RuleError("shift_exists", "A shift with this id is stored.", "Make a new id only for a new shift.")


def shift_fact_exists() -> RuleError:
    """Return the error for the id of a movement or count that is taken."""
    return RuleError("shift_fact_exists", "An entry with this id is stored.", "Make a new id only for a new entry.")


def tender_exists() -> RuleError:
    """Return the error for a tender id that is taken."""
    return RuleError("tender_exists", "A tender with this id is stored.", "Make a new id only for a new tender.")


def give_back_exists() -> RuleError:
    """Return the error for the id of a give-back that is taken."""
    hint = "Make a new id only for a new one."
    return RuleError("give_back_exists", "Something was given back with this id.", hint)


def more_than_due() -> RuleError:
    """Return the error for tenders that would exceed the sale together."""
    hint = "Read the sale again and ask for at most the rest."
    return RuleError("more_than_due", "This is more than what is still due on the sale.", hint)


def refund_above_captured() -> RuleError:
    """Return the error for more going back than came in."""
    hint = "Give back at most what was captured and not yet refunded."
    return RuleError("refund_above_captured", "More would go back than came in.", hint)


def tender_ended() -> RuleError:
    """Return the error for a change of a tender that has ended."""
    return RuleError("tender_not_open", "This tender has ended.", "Read the sale again: it may have changed.")


def login_taken() -> RuleError:
    """Return the error for a login that somebody has."""
    return RuleError("login_taken", "Somebody has this login.", "Choose another one.")


def reservation_exists() -> RuleError:
    """Return the error for a reservation id that is taken."""
    return RuleError("reservation_exists", "A reservation with this id is stored.", "Make a new id for a new one.")


def reservation_ended() -> RuleError:
    """Return the error for a reservation that is, or may be, charged or let go already."""
    message = "This reservation is being charged or let go, or has been."
    return RuleError("reservation_ended", message, "Load it again and look at its last step.")


def day_close_exists() -> RuleError:
    """Return the error for the id of an end of day that is taken."""
    return RuleError("day_close_exists", "An end of day with this id is stored.", "Make a new id for a new one.")


def day_scheduled_already() -> RuleError:
    """Return the error for a second end of day by the clock on one date."""
    return RuleError("day_scheduled_already", "This day is closed, or being closed, already.", "Nothing is to be done.")


def supplier_number_taken() -> RuleError:
    """Return the error for a number another supplier has."""
    hint = "Choose another number, or change the supplier that has it."
    return RuleError("supplier_number_taken", "Another supplier has this number.", hint)


def order_number_taken() -> RuleError:
    """Return the error for a number another order has."""
    return RuleError("order_number_taken", "Another order has this number.", "Look for the order with this number.")


def receipt_number_taken() -> RuleError:
    """Return the error for a number another delivery of the same supplier has."""
    message = "Another delivery of this supplier has this number."
    return RuleError("receipt_number_taken", message, "Look at the deliveries of the order: it may be booked already.")


def supplier_account_changed() -> RuleError:
    """Return the error for a bank account somebody else has decided on meanwhile."""
    message = "Somebody has changed the bank details of this supplier meanwhile."
    return RuleError("supplier_account_changed", message, "Load the supplier again and look at its accounts.")


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
    "pk_refund": refund_exists,
    REFUND_LIMIT: refund_exceeds_payment,
    "fk_attempt_device": unknown_terminal,
    "uq_person_login": login_taken,
    "pk_reservation": reservation_exists,
    "uq_attempt_ends_reservation": reservation_ended,
    "pk_day_close": day_close_exists,
    reservation_tables.ONE_SCHEDULED_DAY: day_scheduled_already,
    "pk_till_sale": sale_exists,
    "pk_tender": tender_exists,
    "pk_give_back": give_back_exists,
    sale_tables.TENDER_LIMIT: more_than_due,
    sale_tables.GIVE_BACK_LIMIT: refund_above_captured,
    sale_tables.REFUND_OF_SALE_LIMIT: refund_above_captured,
    sale_tables.TENDER_CHANGE: tender_ended,
    "pk_sale_void": sale_voided,
    sale_tables.VOID_LIMIT: sale_claimed,
    sale_tables.NOTHING_AFTER_VOID: sale_voided,
    shift_tables.ONE_OPEN: shift_open,
    "pk_shift": shift_exists,
    "uq_shift_fact_id": shift_fact_exists,
    supplier_tables.SUPPLIER_NUMBER: supplier_number_taken,
    supplier_tables.ORDER_NUMBER: order_number_taken,
    supplier_tables.RECEIPT_NUMBER: receipt_number_taken,
    supplier_tables.ONE_EFFECTIVE: supplier_account_changed,
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


_TRIGGERS = frozenset(
    {
        REFUND_LIMIT,
        sale_tables.TENDER_LIMIT,
        sale_tables.GIVE_BACK_LIMIT,
        sale_tables.REFUND_OF_SALE_LIMIT,
        sale_tables.TENDER_CHANGE,
        sale_tables.VOID_LIMIT,
        sale_tables.NOTHING_AFTER_VOID,
    }
)
"""On SQLite a trigger tells its own name."""


def constraint_name(error: BaseException | None) -> str:
    """Return the name of the violated constraint, or an empty string when the driver does not tell."""
    diagnostics = getattr(error, "diag", None)
    if diagnostics is not None:
        return diagnostics.constraint_name or ""
    told = str(error)
    if told in _TRIGGERS:
        return told
    _, _, columns = told.partition("UNIQUE constraint failed: ")
    return _SQLITE_NAMES.get(columns, "")


def error_of(error: BaseException | None) -> GatewayError:
    """Return our error for a driver's error of a violated constraint."""
    return _BY_NAME.get(constraint_name(error), already_recorded)()
