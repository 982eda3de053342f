"""Requests for a supplier's account: what is asked for, and whether it was asked for before."""

import uuid
from dataclasses import dataclass, replace
from datetime import datetime

from gateway.domain.access import Caller
from gateway.domain.errors import IdempotencyConflict, RuleError
from gateway.domain.ids import SupplierId
from gateway.domain.payables.supplier import AccountState, CallBack, SupplierAccount
from gateway.domain.payables.supplier_checks import BankDetails, checked_details


@dataclass(frozen=True, slots=True)
class AccountRequest:
    """An account somebody asks for. ``id``: made by the client; ``source``: as in :class:`SupplierAccount`."""

    id: uuid.UUID
    supplier_id: SupplierId
    details: BankDetails
    reason: str
    source: str = "hand"
    call_back: CallBack | None = None


def asked_account(wish: AccountRequest, caller: Caller, now: datetime) -> SupplierAccount:
    """Return the account that is asked for.

    Raises:
        InputError: what is wrong with it.
    """
    details = checked_details(wish.details)
    return SupplierAccount(
        id=wish.id,
        supplier_id=wish.supplier_id,
        holder=details.holder,
        country=details.country,
        state=AccountState.REQUESTED,
        source=wish.source,
        requested_by=caller.id,
        requested_at=now,
        iban=details.iban,
        bic=details.bic,
        other_id=details.other_id,
        clearing_system=details.clearing_system,
        clearing_member=details.clearing_member,
        bank_name=details.bank_name,
        reason=wish.reason,
        call_back=None if wish.call_back is None else replace(wish.call_back, noted_by=caller.id),
    )


def same_request(stored: SupplierAccount, asked: SupplierAccount) -> SupplierAccount:
    """Return what is stored when it is this very request, whatever became of it since.

    Raises:
        IdempotencyConflict: ``id_reused``.
    """
    names = ("supplier_id", "holder", "country", "iban", "bic", "other_id", "clearing_system", "clearing_member")
    if any(getattr(stored, name) != getattr(asked, name) for name in (*names, "requested_by", "reason")):
        message = "This id was used before for another account."
        raise IdempotencyConflict("id_reused", message, "Make a new id for a new request.")
    return stored


def refuse_repeat(known: tuple[SupplierAccount, ...], asked: SupplierAccount) -> None:
    """Refuse what is asked for already, or paid to already.

    Raises:
        RuleError: ``account_already_asked_for``, ``account_already_effective``.
    """
    for one in known:
        if (one.iban, one.other_id, one.clearing_member) != (asked.iban, asked.other_id, asked.clearing_member):
            continue
        if one.state is AccountState.REQUESTED:
            hint = "Look at the request that waits."
            raise RuleError("account_already_asked_for", "This account is asked for already.", hint)
        if one.state is AccountState.EFFECTIVE and (one.holder, one.bic) == (asked.holder, asked.bic):
            raise RuleError(
                "account_already_effective", "The supplier is paid to this account.", "Nothing is to be done."
            )
