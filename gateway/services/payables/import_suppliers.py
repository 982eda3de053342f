"""Plans the import of suppliers and of the codes of the books. Bank details are asked for, never changed."""

from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from decimal import Decimal
from functools import partial
from typing import TypeVar

from gateway.domain.errors import GatewayError, InputError, RuleError
from gateway.domain.ids import SupplierId, derived_id, uuid7
from gateway.domain.payables.purchase import CostCentre, TaxCode
from gateway.domain.payables.supplier import (
    AccountState,
    DiscountStep,
    PaymentTerms,
    PostalAddress,
    Supplier,
    SupplierAccount,
    SupplierRisk,
)
from gateway.domain.payables.supplier_checks import BankDetails, account_for_log, checked_details
from gateway.domain.payables.supplier_wish import SupplierWish, changes_between, checked_wish, wish_of
from gateway.services.payables.account_requests import AccountRequest
from gateway.services.payables.change_bank_details import ChangeBankDetails
from gateway.services.payables.import_plan import Planned, PlannedRow, Verdict, refused
from gateway.services.payables.import_rows import Job, Row
from gateway.services.payables.manage_orders import checked_cost_centre, checked_tax_code
from gateway.services.payables.manage_suppliers import put_in

Code = TypeVar("Code", TaxCode, CostCentre)

_TEXTS = (
    "registration_id",
    "group",
    "language",
    "currency",
    "remittance_email",
    "default_account_code",
    "default_cost_centre",
    "default_tax_code",
)
_ADDRESS = ("street", "building", "postcode", "town", "country")
_RISKS = {"": SupplierRisk.NORMAL, "niedrig": SupplierRisk.LOW, "hoch": SupplierRisk.HIGH}


class PlanSuppliers:
    """Plans rows of suppliers. ``currency``: of the shop, for new ones that name none."""

    def __init__(self, accounts: ChangeBankDetails, *, currency: str, language: str) -> None:
        self._accounts = accounts
        self._new = SupplierWish(number="", name="", currency=currency, language=language)

    def __call__(self, job: Job) -> tuple[Planned, ...]:
        """Return what becomes of each row."""
        here = (job.caller.tenant_id, job.caller.store_id)
        numbers = [row.cells.text("number") for row in job.rows]
        known = job.unit.suppliers.by_numbers(*here, sorted(set(numbers)))
        history: dict[SupplierId, list[SupplierAccount]] = {}
        for account in job.unit.suppliers.accounts_of(*here, [one.id for one in known.values()]):
            history.setdefault(account.supplier_id, []).append(account)
        planned, seen = [], set[str]()
        for row in job.counted():
            number = row.cells.text("number")
            try:
                if number in seen:
                    raise _repeated()
                before = known.get(number)
                planned.append(self._row(job, row, before, history.get(before.id, []) if before else []))
            except GatewayError as error:
                planned.append(refused(row.number, number, error))
            seen.add(number)
        return tuple(planned)

    def _row(self, job: Job, row: Row, before: Supplier | None, accounts: list[SupplierAccount]) -> Planned:
        wish = checked_wish(_wish(row, self._new if before is None else wish_of(before)))
        changes = changes_between(None if before is None else wish_of(before), wish)
        supplier_id = SupplierId(uuid7(_ms(job))) if before is None else before.id
        request = _request(job, row, supplier_id, wish.name, accounts)
        told = PlannedRow(
            number=row.number,
            key=f"{wish.number} {wish.name}",
            verdict=Verdict.NEW if before is None else Verdict.CHANGED if changes or request else Verdict.UNCHANGED,
            changes=changes,
            account="" if request is None else account_for_log(request.details),
        )
        if told.verdict is Verdict.UNCHANGED:
            return Planned(told)

        def do() -> None:
            version = None if before is None else before.version
            actor, reason = job.caller.name, job.reason
            put_in(job.unit, job.caller, supplier_id, wish, version=version, actor=actor, at=job.at, reason=reason)
            if request is not None:
                self._accounts.request_in(job.unit, job.caller, request)

        return Planned(told, do)


def plan_tax_codes(job: Job) -> tuple[Planned, ...]:
    """Return what becomes of each row of tax codes."""
    here = (job.caller.tenant_id, job.caller.store_id)
    known = {one.code: one for one in job.unit.purchases.tax_codes(*here)}

    def read(row: Row) -> TaxCode:
        before = known.get(row.cells.text("code"))
        account = row.cells.text("account_code", before.account_code if before else "")
        code, name, percent = row.cells.wanted("code"), row.cells.wanted("name"), row.cells.wanted_number("percent")
        kept = before or TaxCode(code, name, percent)
        return checked_tax_code(replace(kept, code=code, name=name, percent=percent, account_code=account))

    return _codes(job, known, read, lambda now: job.unit.purchases.put_tax_code(*here, now))


def plan_cost_centres(job: Job) -> tuple[Planned, ...]:
    """Return what becomes of each row of cost centres."""
    here = (job.caller.tenant_id, job.caller.store_id)
    known = {one.code: one for one in job.unit.purchases.cost_centres(*here)}

    def read(row: Row) -> CostCentre:
        before = known.get(row.cells.text("code"))
        owner = row.cells.text("owner", before.owner if before else "")
        code, name = row.cells.wanted("code"), row.cells.wanted("name")
        kept = before or CostCentre(code, name)
        return checked_cost_centre(replace(kept, code=code, name=name, owner=owner))

    return _codes(job, known, read, lambda now: job.unit.purchases.put_cost_centre(*here, now))


def _codes(
    job: Job, known: Mapping[str, Code], read: Callable[[Row], Code], put: Callable[[Code], None]
) -> tuple[Planned, ...]:
    planned, seen = [], set[str]()
    for row in job.counted():
        code = row.cells.text("code")
        try:
            if code in seen:
                raise _repeated()
            planned.append(_code(row, known.get(code), read(row), put))
        except GatewayError as error:
            planned.append(refused(row.number, code, error))
        seen.add(code)
    return tuple(planned)


def _code(row: Row, before: Code | None, now: Code, put: Callable[[Code], None]) -> Planned:
    old = {} if before is None else {one.name: str(getattr(before, one.name)) for one in fields(before)}
    texts = {one.name: str(getattr(now, one.name)) for one in fields(now)}
    changes = {name: (old.get(name, ""), text) for name, text in texts.items() if old.get(name, "") != text}
    verdict = Verdict.NEW if before is None else Verdict.CHANGED if changes else Verdict.UNCHANGED
    told = PlannedRow(row.number, f"{now.code} {now.name}", verdict, changes)
    return Planned(told, partial(put, now) if changes else None)


def _wish(row: Row, before: SupplierWish) -> SupplierWish:
    """Return what the row says; what it has no column for stays."""
    cells = row.cells
    said = {name: cells.text(name) or getattr(before, name) for name in _TEXTS if cells.has(name)}
    address = {name: cells.text(name, getattr(before.address, name)) for name in _ADDRESS}
    address["country"] = address["country"].upper()
    return replace(
        before,
        number=cells.wanted("number"),
        name=cells.wanted("name"),
        other_names=_listed(cells.text("other_names")) if cells.has("other_names") else before.other_names,
        vat_ids=_listed(cells.text("vat_ids")) if cells.has("vat_ids") else before.vat_ids,
        address=PostalAddress(**address),
        terms=_terms(row, before.terms),
        risk=_risk(cells.text("risk")) if cells.has("risk") else before.risk,
        single_payments=cells.yes("single_payments", otherwise=before.single_payments),
        **said,
    )


def _terms(row: Row, before: PaymentTerms) -> PaymentTerms:
    net_days = row.cells.whole("net_days")
    discounts = before.discounts
    if row.cells.has("discount_percent"):
        percent = row.cells.number("discount_percent") or Decimal(0)
        days = row.cells.whole("discount_days") or 0
        discounts = (DiscountStep(days, percent),) if percent else ()
    return PaymentTerms(before.net_days if net_days is None else net_days, discounts)


def _risk(text: str) -> SupplierRisk:
    known = _RISKS | {risk.value: risk for risk in SupplierRisk}
    found = known.get(text.casefold())
    if found is None:
        raise InputError("risk_unknown", "This risk is not known.", "Write low, normal or high.", "/risk")
    return found


def _listed(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.replace("|", ";").split(";") if part.strip())


def _request(
    job: Job, row: Row, supplier_id: SupplierId, name: str, accounts: list[SupplierAccount]
) -> AccountRequest | None:
    """Return the bank details to ask for, None where the row names none, or those that are known or asked for."""
    if not row.cells.text("iban"):
        return None
    details = checked_details(
        BankDetails(
            holder=row.cells.text("account_holder") or name,
            iban=row.cells.text("iban"),
            bic=row.cells.text("bic"),
            bank_name=row.cells.text("bank_name"),
        )
    )
    same = [one for one in accounts if one.iban == details.iban]
    if any(one.state in (AccountState.REQUESTED, AccountState.EFFECTIVE) for one in same):
        return None
    if same and same[0].state is AccountState.REFUSED:
        message = f"The account {account_for_log(details)} was refused for this supplier."
        raise RuleError("account_refused_before", message, "Ask for it by hand if it is right now.")
    account_id = derived_id(supplier_id, f"account {details.iban} {job.at.isoformat()}")
    return AccountRequest(account_id, supplier_id, details, job.reason, job.source)


def _repeated() -> InputError:
    return InputError("row_repeated", "Another row above is about the same.", "Keep one of them.")


def _ms(job: Job) -> int:
    return int(job.at.timestamp() * 1000)
