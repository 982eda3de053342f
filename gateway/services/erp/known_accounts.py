"""Which ERPs there are: who names another one has mistyped it, or the settings lack it."""

from collections.abc import Collection

from gateway.domain.errors import NotFound


class KnownAccounts:
    """The ids of the ERPs of the settings."""

    def __init__(self, ids: Collection[str]) -> None:
        self._ids = frozenset(ids)

    def require(self, account: str) -> None:
        """Raise NotFound ``unknown_erp_account`` unless the settings name this ERP."""
        if account not in self._ids:
            hint = "Correct `account`, or let the operator name this ERP in the settings (`[[erp]]`)."
            raise NotFound("unknown_erp_account", f"The settings name no ERP “{account}”.", hint)
