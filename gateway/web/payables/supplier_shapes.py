"""Shapes of requests and answers about suppliers and their bank details."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, WithJsonSchema

from gateway.domain.payables.bank_details import AccountAlert
from gateway.domain.payables.supplier import AccountState, SupplierRisk
from gateway.ports.supplier_store import SUPPLIERS_PAGE_MAX
from gateway.web.answer_shapes import AnyId
from gateway.web.documents.document_shapes import ANY_ID_PATTERN, CLEAN_PATTERN
from gateway.web.free_text import Reason, cut
from gateway.web.request_shapes import ClientId, CurrencyCode

_INSTANT = r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T[0-9:.]{5,15}(Z|[+-][0-9]{2}:[0-9]{2})$"
PERCENT_PATTERN = r"^[0-9]{1,2}(\.[0-9]{1,4})?$"
_COUNTRY = r"^[A-Z]{2}$"

Text = Annotated[str, Field(max_length=140, pattern=CLEAN_PATTERN), AfterValidator(cut)]
WantedText = Annotated[str, Field(min_length=1, max_length=140, pattern=CLEAN_PATTERN), AfterValidator(cut)]
Code = Annotated[str, Field(max_length=64, pattern=CLEAN_PATTERN)]
WantedCode = Annotated[str, Field(min_length=1, max_length=64, pattern=CLEAN_PATTERN)]
Country = Annotated[str, Field(pattern=r"^([A-Z]{2})?$")]
Version = Annotated[int, Field(ge=1, le=2**31 - 1)]
Search = Annotated[
    Annotated[str, Field(min_length=1, max_length=140, pattern=CLEAN_PATTERN)] | None,
    WithJsonSchema({"type": "string", "minLength": 1, "maxLength": 140, "pattern": CLEAN_PATTERN}),
]
After = Annotated[
    Annotated[str, Field(min_length=1, max_length=64, pattern=CLEAN_PATTERN)] | None,
    WithJsonSchema({"type": "string", "minLength": 1, "maxLength": 64, "pattern": CLEAN_PATTERN}),
]
PageLimit = Annotated[int, Field(ge=1, le=SUPPLIERS_PAGE_MAX, strict=False)]


class Asked(BaseModel):
    """Base of requests: known fields only, no silent conversion."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, hide_input_in_errors=True)


class Given(BaseModel):
    """Base of answers."""

    model_config = ConfigDict(extra="forbid")


class AskedSupplierAddress(Asked):
    """A structured address; ``country``: ISO 3166, two letters."""

    street: Text = ""
    building: Code = ""
    postcode: Code = ""
    town: Text = ""
    country: Country = ""


class AskedCashDiscount(Asked):
    """A cash discount: so many percent when paid within so many days."""

    days: int = Field(ge=0, le=365)
    percent: str = Field(pattern=PERCENT_PATTERN, examples=["2"])


class AskedTerms(Asked):
    """Terms of payment; the earliest discount first."""

    net_days: int = Field(default=30, ge=0, le=365)
    discounts: list[AskedCashDiscount] = Field(default=[], max_length=3)


class SupplierPath(Asked):
    """A supplier by its id."""

    supplier_id: str = Field(pattern=ANY_ID_PATTERN)


class SupplierRequest(Asked):
    """All that is said about a supplier. ``version``: the one that was looked at, for a change."""

    number: WantedCode
    name: WantedText
    currency: CurrencyCode
    address: AskedSupplierAddress = AskedSupplierAddress()
    other_names: list[WantedText] = Field(default=[], max_length=20)
    vat_ids: list[WantedCode] = Field(default=[], max_length=20)
    registration_id: Code = ""
    group: Text = ""
    language: str = Field(default="en", pattern=r"^[a-z]{2}$")
    remittance_email: str = Field(default="", max_length=320, pattern=r"^\S*$")
    terms: AskedTerms = AskedTerms()
    risk: Annotated[SupplierRisk, Field(strict=False)] = SupplierRisk.NORMAL
    single_payments: bool = False
    default_account_code: Code = ""
    default_cost_centre: Code = ""
    default_tax_code: Code = ""
    version: Version | None = None


class SuppliersQuery(Asked):
    """Which suppliers: by a part of a name or number, or a VAT id. ``starting_after``: a number."""

    search: Search = None
    starting_after: After = None
    limit: PageLimit = 25


class SupplierReasonRequest(Asked):
    """Why."""

    reason: Reason


class CallBackRequest(Asked):
    """A call to the supplier. ``number_known_from``: where the number was known from before the request came."""

    called_by: WantedText
    called_at: str = Field(pattern=_INSTANT, description="RFC 3339 with a zone")
    spoke_with: WantedText
    number_known_from: WantedText


class NewAccountPath(Asked):
    """An account under an id the client made."""

    supplier_id: str = Field(pattern=ANY_ID_PATTERN)
    account_id: ClientId


class SupplierAccountPath(Asked):
    """An account by its id."""

    account_id: str = Field(pattern=ANY_ID_PATTERN)


class AccountAskedRequest(Asked):
    """Bank details somebody asks for: an IBAN, or another number with the bank's BIC or clearing number."""

    holder: WantedText
    iban: str = Field(default="", max_length=42, pattern=r"^[A-Za-z0-9 ]*$")
    bic: str = Field(default="", max_length=14, pattern=r"^[A-Za-z0-9 ]*$")
    country: Country = ""
    other_id: str = Field(default="", max_length=34, pattern=r"^[A-Za-z0-9 ./-]*$")
    clearing_system: str = Field(default="", max_length=5, pattern=r"^[A-Z]*$")
    clearing_member: str = Field(default="", max_length=20, pattern=r"^[A-Za-z0-9 -]*$")
    bank_name: Text = ""
    reason: Reason
    source: Literal["hand", "invoice", "erp"] = "hand"
    call_back: CallBackRequest | None = None


class EmployeeAccountRequest(Asked):
    """An account of somebody employed; only its hash, country and last four signs are kept."""

    account: str = Field(min_length=4, max_length=42, pattern=r"^[A-Za-z0-9 ./-]+$")
    label: WantedText


class EmployeeAccountsRequest(Asked):
    """Accounts of people employed here, to which no supplier should be paid."""

    accounts: list[EmployeeAccountRequest] = Field(min_length=1, max_length=500)


class EmployeePath(Asked):
    """An account of an employee by its hash."""

    account_hash: str = Field(pattern=r"^[0-9a-f]{64}$")


class GivenSupplierAddress(Given):
    """An address."""

    street: str
    building: str
    postcode: str
    town: str
    country: str


class GivenCashDiscount(Given):
    """A cash discount."""

    days: int
    percent: str


class GivenTerms(Given):
    """Terms of payment."""

    net_days: int
    discounts: list[GivenCashDiscount]


class GivenSupplier(Given):
    """A supplier. ``blocked``: why nothing is paid, or empty."""

    id: AnyId
    number: str
    name: str
    currency: str
    address: GivenSupplierAddress
    other_names: list[str]
    vat_ids: list[str]
    registration_id: str
    group: str
    language: str
    remittance_email: str
    terms: GivenTerms
    risk: SupplierRisk
    single_payments: bool
    default_account_code: str
    default_cost_centre: str
    default_tax_code: str
    blocked: str
    created_at: str
    changed_at: str
    version: int


class GivenSuppliers(Given):
    """Suppliers by number."""

    data: list[GivenSupplier]
    has_more: bool


class GivenCallBack(Given):
    """A call to the supplier."""

    called_by: str
    called_at: str
    spoke_with: str
    number_known_from: str
    noted_by: AnyId | None


class GivenAlert(Given):
    """What speaks against an account, and what it is about."""

    alert: AccountAlert
    about: str


class GivenSupplierAccount(Given):
    """An account of a supplier. ``cooling_until``: last day on which payments to it need one approval more."""

    id: AnyId
    supplier_id: AnyId
    supplier_number: str
    supplier_name: str
    state: AccountState
    source: str
    holder: str
    country: str
    iban: str
    bic: str
    other_id: str
    clearing_system: str
    clearing_member: str
    bank_name: str
    reason: str
    requested_by: AnyId
    requested_at: str
    call_back: GivenCallBack | None
    decided_by: AnyId | None
    decided_at: str | None
    cooling_until: str | None
    emergency: str
    reviewed_by: AnyId | None
    reviewed_at: str | None
    alerts: list[GivenAlert]
    version: int


class GivenSupplierAccounts(Given):
    """Accounts that wait for somebody, the longest waiting first."""

    data: list[GivenSupplierAccount]


class GivenSupplierEvent(Given):
    """One line of a supplier's journal. ``changes``: field to what it was before and is now."""

    sequence: int
    kind: str
    actor: str
    recorded_at: str
    reason: str
    changes: dict[str, list[str]]


class GivenSupplierWhole(GivenSupplier):
    """A supplier with its accounts, newest first, and its journal, oldest first."""

    accounts: list[GivenSupplierAccount]
    events: list[GivenSupplierEvent]


class GivenEmployeeAccount(Given):
    """An account of an employee: its hash, whose it is, and country and last four signs where they are known."""

    account_hash: str
    label: str
    account: str
    added_by: str
    added_at: str


class GivenEmployeeAccounts(Given):
    """Accounts of employees by label."""

    data: list[GivenEmployeeAccount]
