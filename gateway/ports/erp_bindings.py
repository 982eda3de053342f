"""Where it is kept which record of an ERP is which of ours."""

import uuid
from typing import Protocol

from gateway.domain.erp.binding import Binding, MasterKind
from gateway.ports.erp_store import Place


class ErpBindings(Protocol):
    """Bindings of all accounts; every call names tenant and store, and one account."""

    def find(self, place: Place, account: str, kind: MasterKind, erp_id: str) -> Binding | None:
        """Return the binding of an ERP's record."""

    def hold(self, place: Place, account: str, kind: MasterKind, erp_id: str) -> Binding | None:
        """As :meth:`find`; until the unit ends nobody else holds this record. A unit that holds one binds it."""

    def bind(self, place: Place, binding: Binding) -> None:
        """Store a binding that is held, in place of the one before.

        Raises:
            RuleError: ``record_bound_twice``: our record is another one's of this account.
        """

    def of_ours(self, place: Place, account: str, kind: MasterKind, our_id: uuid.UUID) -> str:
        """Return the ERP's id of a record of ours; empty where the ERP has not told of it."""
