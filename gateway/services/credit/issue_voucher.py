"""Issues vouchers inside a unit of work: for whoever sells or gives one, and for what goes back as credit."""

import secrets
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo

from gateway.domain.credit.voucher import (
    CustomerId,
    MovementKind,
    Voucher,
    VoucherId,
    VoucherKind,
    VoucherOrigin,
)
from gateway.domain.credit.voucher_code import END_SIGNS, CodeMaker, VoucherCode, code_hash, read_code
from gateway.domain.errors import InputError, RuleError
from gateway.domain.ids import SaleId, StoreId, TenantId
from gateway.domain.money import Money
from gateway.ports.credit_store import NewMovement, StoredCode
from gateway.ports.unit_of_work import UnitOfWork

SALT_BYTES = 16
CODE_TOLD_FOR = timedelta(hours=24)
"""So long the answer that issued a voucher is told again with its code."""


@dataclass(frozen=True, slots=True)
class VoucherTerms:
    """What the shop decided.

    ``valid_years``, ``credit_valid_years``: a voucher, or store credit, is good until the end of the year that comes so
    many years after the one it was issued in; 0 means for ever. ``amount_minor_max``: of one voucher.
    """

    zone: tzinfo
    valid_years: int
    credit_valid_years: int
    amount_minor_max: int

    def expiry(self, kind: VoucherKind, issued_at: datetime) -> datetime | None:
        """Return from when on a voucher issued then is worth nothing."""
        years = self.valid_years if kind is VoucherKind.VOUCHER else self.credit_valid_years
        if not years:
            return None
        year = issued_at.astimezone(self.zone).year
        return datetime(year + years + 1, 1, 1, tzinfo=self.zone)

    def end_of(self, day: date) -> datetime:
        """Return the end of a day of the shop."""
        return datetime.combine(day + timedelta(days=1), time(), tzinfo=self.zone)


@dataclass(frozen=True, slots=True)
class NewVoucher:
    """What is to be issued. ``cause_id``: the fact behind it; ``words``: for its journal; others as in ``Voucher``."""

    tenant_id: TenantId
    store_id: StoreId
    id: VoucherId
    kind: VoucherKind
    origin: VoucherOrigin
    amount: Money
    customer_id: CustomerId | None
    sale_id: SaleId | None
    cause_id: uuid.UUID
    words: str
    actor: str
    at: datetime
    trace_id: str
    expires_at: datetime | None = None


class IssueVoucher:
    """Makes vouchers and their codes. ``codes``: asked at the first code, because its key may have to be made."""

    def __init__(self, *, codes: Callable[[], CodeMaker], terms: VoucherTerms) -> None:
        self._codes = codes
        self.terms = terms

    def issue(self, unit: UnitOfWork, new: NewVoucher) -> tuple[Voucher, VoucherCode | None]:
        """Store a voucher with its first movement; return it with its code, or None when a customer holds it.

        The ledger is the caller's.

        Raises:
            InputError: ``voucher_amount`` for an amount the shop does not put on one voucher.
            RuleError: ``already_recorded`` when the id is taken, ``customer_not_known``.
        """
        self._check_amount(new.amount)
        if new.customer_id is not None and unit.customers.load(new.tenant_id, new.store_id, new.customer_id) is None:
            raise RuleError("customer_not_known", "There is no such customer.", "Look the customer up again.")
        salt = secrets.token_bytes(SALT_BYTES)
        code = None if new.customer_id is not None else self._codes().voucher(new.id.bytes, salt)
        voucher = Voucher(
            tenant_id=new.tenant_id,
            store_id=new.store_id,
            id=new.id,
            kind=new.kind,
            origin=new.origin,
            amount=new.amount,
            code_end="" if code is None else code[-END_SIGNS:],
            customer_id=new.customer_id,
            sale_id=new.sale_id,
            expires_at=new.expires_at or self.terms.expiry(new.kind, new.at),
            blocked=False,
            created_at=new.at,
            created_by=new.actor,
            trace_id=new.trace_id,
        )
        unit.vouchers.add(voucher, None if code is None else StoredCode(code_hash(code), salt))
        unit.vouchers.move(
            voucher, NewMovement(MovementKind.ISSUED, new.amount, new.cause_id, new.words, new.actor, new.at)
        )
        return voucher, code

    def code_again(self, unit: UnitOfWork, voucher: Voucher) -> VoucherCode | None:
        """Return the code of a stored voucher; None where it has none or was made with another key."""
        stored = unit.vouchers.code_of(voucher.tenant_id, voucher.store_id, voucher.id)
        if stored is None:
            return None
        code = self._codes().voucher(voucher.id.bytes, stored.salt)
        return code if code_hash(code) == stored.hash else None

    def _check_amount(self, amount: Money) -> None:
        if not 1 <= amount.minor <= self.terms.amount_minor_max:
            most = Money(self.terms.amount_minor_max, amount.currency).to_decimal()
            raise InputError(
                "voucher_amount", f"A voucher is worth up to {most} here.", "Send another amount.", "/amount/amount"
            )


def unknown_voucher() -> InputError:
    """Return the error for a code that is wrong or belongs to nothing: nobody learns which."""
    hint = "Type the code as it stands on the paper; ask a manager if it is right."
    return InputError("unknown_voucher", "No voucher has this code.", hint, "/code")


def find_voucher(unit: UnitOfWork, tenant_id: TenantId, store_id: StoreId, text: str) -> VoucherId:
    """Return the voucher a code belongs to.

    Raises:
        InputError: ``unknown_voucher``.
    """
    code = read_code(text)
    found = None if code is None else unit.vouchers.find_by_code(tenant_id, store_id, code_hash(code))
    if found is None:
        raise unknown_voucher()
    return found
