"""What a bank's word makes of a payment order: one table of statuses, one order in which states may only rise.

Messages come late, twice, out of order and on another level than expected. So a state is not replaced by the newest
word but joined with it: the join of two states is the least one that both lead to. Whatever the order and number of
messages, the end is the same. Code sets: ISO 20022 ExternalPaymentTransactionStatus1Code and ExternalStatusReason1Code.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum

from gateway.domain.payables.payment_order import OrderState, PayeeCheck


class StatusLevel(StrEnum):
    """What a status is said of."""

    FILE = "file"
    BLOCK = "block"
    PAYMENT = "payment"


_S = OrderState
_ALL = tuple(StatusLevel)
_ABOVE = (StatusLevel.FILE, StatusLevel.BLOCK)
_PAYMENT = (StatusLevel.PAYMENT,)

_LADDER = (_S.PLANNED, _S.SENT, _S.PENDING, _S.AWAITING_PAYEE_CHECK, _S.ACCEPTED)
"""Before any money moved: each later one takes the place of those before."""
_DONE = (_S.EXECUTED, _S.SETTLED)
_UNDONE = (_S.CANCELLED, _S.REJECTED)
"""Not executed. Together with an execution, whichever is heard first, it is a return."""


def _told(levels: Iterable[StatusLevel], state: OrderState | None) -> Mapping[StatusLevel, OrderState | None]:
    return dict.fromkeys(levels, state)


STATUSES: Mapping[str, Mapping[StatusLevel, OrderState | None]] = {
    "RCVD": _told(_ALL, _S.SENT),
    "ACTC": _told(_ALL, _S.SENT),
    "PATC": _told(_ALL, _S.PENDING),
    "PDNG": _told(_ALL, _S.PENDING),
    "ACWP": _told(_ALL, _S.PENDING),
    "BLCK": _told(_ALL, _S.PENDING),
    "RCVC": _told(_ALL, _S.AWAITING_PAYEE_CHECK),
    "RVMC": _told(_PAYMENT, _S.AWAITING_PAYEE_CHECK),
    "RVNM": _told(_PAYMENT, _S.AWAITING_PAYEE_CHECK),
    "RVNA": _told(_PAYMENT, _S.AWAITING_PAYEE_CHECK),
    "RVCM": _told(_ABOVE, _S.AWAITING_PAYEE_CHECK),
    "RVNC": _told(_ALL, _S.AWAITING_PAYEE_CHECK),
    "ACCP": _told(_ALL, _S.ACCEPTED),
    "ACFC": _told(_ALL, _S.ACCEPTED),
    "ACSP": _told(_ALL, _S.ACCEPTED),
    "ACWC": _told(_ALL, _S.ACCEPTED),
    "ACSC": _told(_ALL, _S.EXECUTED),
    "ACCC": _told(_ALL, _S.EXECUTED),
    # Part of a file or block is not accepted: which part, only the payments named in the message say.
    "PART": _told(_ABOVE, None),
    "RJCT": _told(_ALL, _S.REJECTED),
    "CANC": _told(_ALL, _S.CANCELLED),
}
"""By status code and level: the least state a payment has reached, None where nothing follows for a single one."""

PAYEE_CHECKS: Mapping[str, PayeeCheck] = {
    "RCVC": PayeeCheck.MATCH,
    "RVMC": PayeeCheck.CLOSE_MATCH,
    "RVNM": PayeeCheck.NO_MATCH,
    "RVNA": PayeeCheck.NOT_POSSIBLE,
}
"""What the status codes of a verification of payee say of one payment."""


def is_known(code: str, level: StatusLevel) -> bool:
    """Return whether the table has this status on this level."""
    return level in STATUSES.get(code, {})


def state_told(code: str, level: StatusLevel) -> OrderState | None:
    """Return the state a status tells of; None when it tells nothing of a single payment, or is not known."""
    return STATUSES.get(code, {}).get(level)


def joined(state: OrderState, told: OrderState) -> OrderState:
    """Return the least state that both lead to: never one before ``state``, whatever is told.

    It is commutative, associative and idempotent, so the order and number of messages do not matter.
    """
    if state is told:
        return state
    if _S.RETURNED in (state, told):
        return _S.RETURNED
    if (state in _DONE and told in _UNDONE) or (state in _UNDONE and told in _DONE):
        return _S.RETURNED
    chain = (*_LADDER, *(_UNDONE if state in _UNDONE or told in _UNDONE else _DONE))
    return max(state, told, key=chain.index)


class ReasonClass(StrEnum):
    """What a person does about a rejection or return."""

    FIX_DATA = "fix_data"
    """Something in the payment is wrong: correct it, then pay again."""
    RETRY_LATER = "retry_later"
    """Nothing is wrong with the payment: it may go with the next run."""
    STOP_AND_ASK = "stop_and_ask"
    """Ask the supplier or the bank before anything else."""
    ALREADY_DONE = "already_done"
    """The bank takes it for a repetition: look for the first one before anything is paid again."""


_CLASSES: Mapping[ReasonClass, str] = {
    ReasonClass.FIX_DATA: (
        "AC01 AC02 AC03 AC04 AC13 AG02 AM01 AM02 AM03 AM09 AM10 BE01 BE04 BE05 BE06 CH03 CNOR CURR DNOR DT01 FF01"
        " MD01 RC01 RC03 RC04 RR01 RR02 RR03"
    ),
    ReasonClass.RETRY_LATER: "AB05 AB06 AB07 AB08 AM04 ED05 TM01 TS01",
    ReasonClass.STOP_AND_ASK: "AC06 AG01 CUST FOCR FRAD MD06 MD07 MS02 MS03 NARR RR04",
    ReasonClass.ALREADY_DONE: "AM05 DU01 DU02 DU03 DU04 DU05",
}
REASONS: Mapping[str, ReasonClass] = {code: kind for kind, codes in _CLASSES.items() for code in codes.split()}
"""Class of each reason code that is known; what a bank says besides is for a person to ask about."""


def class_of(reason_code: str) -> ReasonClass:
    """Return what to do about a reason of a bank."""
    return REASONS.get(reason_code, ReasonClass.STOP_AND_ASK)


def may_be_paid_again(state: OrderState) -> bool:
    """Return whether it is proven that this payment has not reached the payee for good."""
    return state in (*_UNDONE, _S.RETURNED)
