"""Who may do what: permissions, the roles of people, and the caller of one request."""

import uuid
from dataclasses import dataclass
from enum import StrEnum

from gateway.domain.errors import NotPermitted
from gateway.domain.ids import DeviceId, StoreId, TenantId


class Permission(StrEnum):
    """One thing a caller may be allowed to do; API keys carry them as scopes."""

    PAYMENTS_CREATE = "payments:create"
    PAYMENTS_READ = "payments:read"
    PAYMENTS_CANCEL = "payments:cancel"
    PAYMENTS_RESOLVE = "payments:resolve"
    PAYMENTS_REFUND = "payments:refund"
    PAYMENTS_REFUND_SMALL = "payments:refund_small"
    """give back up to the limit the operator set; no scope of API keys, since ``payments:refund`` includes it"""
    RECEIPTS_PRINT = "receipts:print"
    DEVICES_READ = "devices:read"
    DEVICES_OPERATE = "devices:operate"
    DEVICES_MANAGE = "devices:manage"
    LEDGER_READ = "ledger:read"
    CREDIT_GIVE = "credit:give"
    """issue vouchers and store credit, put a sale on account"""
    TRANSFERS_CONFIRM = "transfers:confirm"
    """say that a bank transfer has arrived, or will not"""
    SHIFTS_WORK = "shifts:work"
    """open a shift, count blind and close it, pay in and out, open the drawer"""
    SHIFTS_REVIEW = "shifts:review"
    """see what is expected, settle differences, read the reports of every shift"""
    CATALOGUE_MANAGE = "catalogue:manage"
    DOCUMENTS_WORK = "documents:work"
    """hand in supplier documents, look at them, correct what was captured, accept or reject them"""
    DOCUMENTS_READ = "documents:read"
    PAYABLES_READ = "payables:read"
    """see suppliers, orders, payables, runs and what banks said"""
    PAYABLES_WORK = "payables:work"
    """keep suppliers and orders, match and code invoices, hold, propose runs, ask for a change of bank details"""
    SUPPLIER_ACCOUNTS_CONFIRM = "supplier_accounts:confirm"
    """confirm a supplier's bank details that somebody else asked for"""
    PAYABLES_APPROVE = "payables:approve"
    RUNS_APPROVE = "runs:approve"
    """approve the digest of a payment run"""
    RUNS_RELEASE = "runs:release"
    """release an approved run to the bank"""
    STATEMENTS_READ = "statements:read"
    """see bank statements, what explains their lines, settlements with acquirers, chargebacks and the cash view"""
    STATEMENTS_WORK = "statements:work"
    """import statements and reports, match, split, write off within limits, answer chargebacks"""
    STATEMENTS_APPROVE = "statements:approve"
    """decide over statements that do not balance and write-offs above the limit; never one's own"""
    WEBHOOKS_MANAGE = "webhooks:manage"
    ERP_READ = "erp:read"
    """see the ERPs, how each fares and its mapping, and try a connection"""
    ERP_EXCHANGES = "erp:exchanges"
    """see what was said between us and ERPs"""
    ERP_MASTER = "erp:master"
    """tell suppliers, orders and deliveries as an ERP; of API keys only"""
    ERP_DOCUMENTS = "erp:documents"
    """fetch documents for an ERP and say that they are there; of API keys only"""
    ERP_APPROVALS = "erp:approvals"
    """tell what the workflow of an ERP decided about invoices; of API keys only"""
    PEOPLE_MANAGE = "people:manage"
    KEYS_MANAGE = "keys:manage"


class Role(StrEnum):
    """What a person is employed for."""

    CASHIER = "cashier"
    MANAGER = "manager"
    AP_CLERK = "ap_clerk"
    APPROVER = "approver"
    CONTROLLER = "controller"
    """approves payment runs"""
    TREASURER = "treasurer"
    """releases payment runs to the bank"""
    ADMINISTRATOR = "administrator"


_TILL = frozenset(
    {
        Permission.PAYMENTS_CREATE,
        Permission.PAYMENTS_READ,
        Permission.PAYMENTS_CANCEL,
        Permission.RECEIPTS_PRINT,
        Permission.DEVICES_READ,
        Permission.SHIFTS_WORK,
    }
)
_OFFICE = frozenset({Permission.LEDGER_READ, Permission.DOCUMENTS_READ, Permission.PAYABLES_READ})

ROLE_PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.CASHIER: _TILL | {Permission.PAYMENTS_REFUND_SMALL},
    Role.MANAGER: _TILL
    | {
        Permission.PAYMENTS_RESOLVE,
        Permission.PAYMENTS_REFUND,
        Permission.PAYMENTS_REFUND_SMALL,
        Permission.LEDGER_READ,
        Permission.DEVICES_OPERATE,
        Permission.CREDIT_GIVE,
        Permission.TRANSFERS_CONFIRM,
        Permission.SHIFTS_REVIEW,
        Permission.CATALOGUE_MANAGE,
        Permission.PAYABLES_READ,
        Permission.SUPPLIER_ACCOUNTS_CONFIRM,
        Permission.STATEMENTS_READ,
        Permission.STATEMENTS_WORK,
        Permission.ERP_READ,
    },
    Role.AP_CLERK: frozenset(
        {
            Permission.DOCUMENTS_WORK,
            Permission.DOCUMENTS_READ,
            Permission.PAYABLES_READ,
            Permission.PAYABLES_WORK,
            Permission.STATEMENTS_READ,
            Permission.ERP_READ,
        }
    ),
    Role.APPROVER: _OFFICE | {Permission.PAYABLES_APPROVE},
    Role.CONTROLLER: _OFFICE
    | {Permission.RUNS_APPROVE, Permission.STATEMENTS_READ, Permission.STATEMENTS_APPROVE, Permission.ERP_READ},
    Role.TREASURER: _OFFICE
    | {Permission.RUNS_RELEASE, Permission.STATEMENTS_READ, Permission.STATEMENTS_WORK, Permission.ERP_READ},
    Role.ADMINISTRATOR: frozenset(
        {
            Permission.PAYMENTS_READ,
            Permission.LEDGER_READ,
            Permission.DEVICES_READ,
            Permission.DEVICES_OPERATE,
            Permission.DEVICES_MANAGE,
            Permission.PEOPLE_MANAGE,
            Permission.KEYS_MANAGE,
            Permission.CATALOGUE_MANAGE,
            Permission.WEBHOOKS_MANAGE,
            Permission.ERP_READ,
            Permission.ERP_EXCHANGES,
        }
    ),
}
"""A person has exactly one role. The administrator runs the system and takes no money.

No role holds two of: change bank details of suppliers, approve invoices, approve runs, release runs.
"""

API_KEY_SCOPES = _TILL | {
    Permission.PAYMENTS_REFUND,
    Permission.LEDGER_READ,
    Permission.CREDIT_GIVE,
    Permission.TRANSFERS_CONFIRM,
    Permission.CATALOGUE_MANAGE,
    Permission.WEBHOOKS_MANAGE,
    Permission.DOCUMENTS_WORK,
    Permission.DOCUMENTS_READ,
    Permission.PAYABLES_READ,
    Permission.PAYABLES_WORK,
    Permission.STATEMENTS_READ,
    Permission.STATEMENTS_WORK,
    Permission.ERP_MASTER,
    Permission.ERP_DOCUMENTS,
    Permission.ERP_APPROVALS,
}
"""What an API key may carry: nothing that decides over money in doubt, devices, people or keys."""


_INCLUDED_IN = {Permission.PAYMENTS_REFUND_SMALL: Permission.PAYMENTS_REFUND}


@dataclass(frozen=True, slots=True)
class Caller:
    """The person or API key behind one request, with the store it belongs to.

    ``terminals``: the terminals an API key is limited to; None means all of the store.
    ``name``: what a journal shows, e.g. a login or ``key:till-3``.
    """

    tenant_id: TenantId
    store_id: StoreId
    id: uuid.UUID
    name: str
    permissions: frozenset[Permission]
    terminals: frozenset[DeviceId] | None = None

    def require(self, permission: Permission) -> None:
        """Raise ``NotPermitted`` unless the caller has the permission, or one that includes it."""
        if self.permissions.isdisjoint((permission, _INCLUDED_IN.get(permission, permission))):
            hint = "Ask a manager, or use an API key with this scope."
            raise NotPermitted("not_permitted", f"This needs the permission {permission}.", hint)

    def may_use(self, terminal_id: DeviceId) -> bool:
        """Return whether the caller may see and use this terminal."""
        return self.terminals is None or terminal_id in self.terminals
