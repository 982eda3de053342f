"""The quarantine of bank details: who may do what to a supplier's account, as pure steps from one state to the next.

Nothing becomes effective through one person: whoever asked for an account or wrote down the call-back never confirms
it, and people are told apart by their ids, not by their roles. An account that was effective stays as history.
"""

import uuid
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from gateway.domain.errors import InputError, RuleError
from gateway.domain.payables.supplier import AccountState, CallBack, SupplierAccount

COOLING_DAYS_MAX = 30
CALL_BACK_AGE_MAX = timedelta(days=90)
CLOCKS_DIFFER = timedelta(minutes=10)
"""The clock of whoever wrote the note may be ahead of ours by so much."""
EMERGENCY_REASON_MIN = 20
"""Characters: an emergency is explained to who reviews it."""


class AccountAlert(StrEnum):
    """What makes an account worth a second look; none of them stops anything by itself."""

    OTHER_COUNTRY = "other_country"
    """The account is in another country than the supplier."""
    OTHER_SUPPLIER = "other_supplier"
    """Another supplier has, had or asked for this account."""
    EMPLOYEE = "employee"
    """Somebody employed here is paid to this account."""
    LARGE_FIRST_PAYMENT = "large_first_payment"
    """What waits to be paid to it first is above the shop's limit."""
    REFUSED_BEFORE = "refused_before"
    """The same account was refused for this supplier."""


@dataclass(frozen=True, slots=True)
class AlertFound:
    """One alert with what it is about: a country, a supplier's number, a label, an amount or a date."""

    alert: AccountAlert
    about: str


def note_call_back(account: SupplierAccount, note: CallBack, *, now: datetime) -> SupplierAccount:
    """Return the account with the note of a call.

    Raises:
        RuleError: ``account_not_requested``.
        InputError: ``invalid_call_back`` when the call lies in the future or too long ago, or something is missing.
    """
    _requested(account)
    checked_note(note, now=now)
    return replace(account, call_back=note, version=account.version + 1)


def checked_note(note: CallBack, *, now: datetime) -> CallBack:
    """Return the note of a call.

    Raises:
        InputError: ``invalid_call_back``.
    """
    hint = "Write who called, when, with whom, and from where the number was known before the request came."
    if not all(text.strip() for text in (note.called_by, note.spoke_with, note.number_known_from)):
        raise InputError("invalid_call_back", "The note of the call is not complete.", hint, "/call_back")
    if not now - CALL_BACK_AGE_MAX <= note.called_at <= now + CLOCKS_DIFFER:
        message = "The call lies in the future, or longer ago than 90 days."
        raise InputError("invalid_call_back", message, hint, "/call_back/called_at")
    return note


def confirm(account: SupplierAccount, *, by: uuid.UUID, at: datetime, cooling_until: date | None) -> SupplierAccount:
    """Return the account as effective.

    Raises:
        RuleError: ``account_not_requested``, ``call_back_missing``, ``four_eyes_required``.
    """
    _requested(account)
    if account.call_back is None or account.call_back.noted_by is None:
        hint = "Call the supplier on a number known before the request, write the call down, then have it confirmed."
        raise RuleError("call_back_missing", "Nobody has called the supplier back about this account.", hint)
    _another_person(account, by)
    return _effective(account, by=by, at=at, cooling_until=cooling_until)


def confirm_in_emergency(
    account: SupplierAccount, *, by: uuid.UUID, at: datetime, cooling_until: date | None, reason: str
) -> SupplierAccount:
    """Return the account as effective without a call-back: still two people, and listed until a third look.

    Raises:
        RuleError: ``account_not_requested``, ``four_eyes_required``.
        InputError: ``emergency_not_explained``.
    """
    _requested(account)
    if len(reason.strip()) < EMERGENCY_REASON_MIN:
        hint = f"Say in at least {EMERGENCY_REASON_MIN} characters why the supplier cannot be called back first."
        raise InputError("emergency_not_explained", "The emergency is not explained.", hint, "/reason")
    _another_person(account, by)
    confirmed = _effective(account, by=by, at=at, cooling_until=cooling_until)
    return replace(confirmed, emergency=reason.strip())


def review_emergency(account: SupplierAccount, *, by: uuid.UUID, at: datetime) -> SupplierAccount:
    """Return the account with its emergency reviewed.

    Raises:
        RuleError: ``no_emergency`` without one that waits, ``four_eyes_required`` for one of those who acted in it.
    """
    if not account.emergency or account.reviewed_by is not None:
        raise RuleError("no_emergency", "Nothing here waits for a review.", "Load it again.")
    _another_person(account, by)
    if by == account.decided_by:
        raise _four_eyes()
    return replace(account, reviewed_by=by, reviewed_at=at, version=account.version + 1)


def refuse(account: SupplierAccount, *, by: uuid.UUID, at: datetime) -> SupplierAccount:
    """Return the account as refused; also who asked for it may take it back.

    Raises:
        RuleError: ``account_not_requested``.
    """
    _requested(account)
    return replace(account, state=AccountState.REFUSED, decided_by=by, decided_at=at, version=account.version + 1)


def retire(account: SupplierAccount) -> SupplierAccount:
    """Return the account as history: who confirmed it, and when, stays.

    Raises:
        RuleError: ``account_not_effective``.
    """
    if account.state is not AccountState.EFFECTIVE:
        raise RuleError("account_not_effective", "Nothing is paid to this account.", "Load it again.")
    return replace(account, state=AccountState.RETIRED, version=account.version + 1)


def is_cooling(account: SupplierAccount, day: date) -> bool:
    """Return whether a payment to this account on this day needs one approval more."""
    return account.cooling_until is not None and day <= account.cooling_until


def _requested(account: SupplierAccount) -> None:
    if account.state is not AccountState.REQUESTED:
        message = f"This account is {account.state} and no longer asked for."
        raise RuleError("account_not_requested", message, "Load it again: somebody has decided already.")


def _another_person(account: SupplierAccount, by: uuid.UUID) -> None:
    noted_by = None if account.call_back is None else account.call_back.noted_by
    if by in (account.requested_by, noted_by):
        raise _four_eyes()


def _four_eyes() -> RuleError:
    hint = "Somebody else has to do this, who neither asked for the account nor called the supplier."
    return RuleError("four_eyes_required", "The same person cannot ask for an account and confirm it.", hint)


def _effective(account: SupplierAccount, *, by: uuid.UUID, at: datetime, cooling_until: date | None) -> SupplierAccount:
    return replace(
        account,
        state=AccountState.EFFECTIVE,
        decided_by=by,
        decided_at=at,
        cooling_until=cooling_until,
        version=account.version + 1,
    )
