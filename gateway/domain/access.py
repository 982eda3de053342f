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
    RECEIPTS_PRINT = "receipts:print"
    DEVICES_READ = "devices:read"
    DEVICES_OPERATE = "devices:operate"
    LEDGER_READ = "ledger:read"
    PEOPLE_MANAGE = "people:manage"
    KEYS_MANAGE = "keys:manage"


class Role(StrEnum):
    """What a person is employed for."""

    CASHIER = "cashier"
    MANAGER = "manager"
    AP_CLERK = "ap_clerk"
    APPROVER = "approver"
    ADMINISTRATOR = "administrator"


_TILL = frozenset(
    {
        Permission.PAYMENTS_CREATE,
        Permission.PAYMENTS_READ,
        Permission.PAYMENTS_CANCEL,
        Permission.RECEIPTS_PRINT,
        Permission.DEVICES_READ,
    }
)

ROLE_PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.CASHIER: _TILL,
    Role.MANAGER: _TILL | {Permission.PAYMENTS_RESOLVE, Permission.LEDGER_READ, Permission.DEVICES_OPERATE},
    Role.AP_CLERK: frozenset(),
    Role.APPROVER: frozenset({Permission.LEDGER_READ}),
    Role.ADMINISTRATOR: frozenset(
        {
            Permission.PAYMENTS_READ,
            Permission.LEDGER_READ,
            Permission.DEVICES_READ,
            Permission.DEVICES_OPERATE,
            Permission.PEOPLE_MANAGE,
            Permission.KEYS_MANAGE,
        }
    ),
}
"""A person has exactly one role. The administrator runs the system and takes no money."""

API_KEY_SCOPES = _TILL | {Permission.LEDGER_READ}
"""What an API key may carry: nothing that decides over money in doubt, people or keys."""


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
        """Raise ``NotPermitted`` unless the caller has the permission."""
        if permission not in self.permissions:
            hint = "Ask a manager, or use an API key with this scope."
            raise NotPermitted("not_permitted", f"This needs the permission {permission}.", hint)

    def may_use(self, terminal_id: DeviceId) -> bool:
        """Return whether the caller may see and use this terminal."""
        return self.terminals is None or terminal_id in self.terminals
