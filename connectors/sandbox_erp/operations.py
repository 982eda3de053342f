"""The operations of the sandbox ERP by name, the same for REST and SOAP: a dictionary in, a dictionary out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from connectors.sandbox_erp.bookkeeping import Bookkeeping
from connectors.sandbox_erp.faults import Fault

Body = Mapping[str, Any]
PAGE_MAX = 500
_SHOWN = (
    "id",
    "key",
    "vendor",
    "number",
    "document_number",
    "state",
    "net",
    "tax",
    "gross",
    "version",
    "attachments",
)
_RECORDS = {
    "list_vendors": "vendor",
    "list_customers": "customer",
    "list_orders": "order",
    "list_open_items": "open_item",
}
_FINDS = {"find_bills": "bill", "find_payments": "payment", "find_entries": "entry"}


class Operations:
    """Everything that can be asked of the ERP."""

    def __init__(self, work: Bookkeeping) -> None:
        self._work = work
        self._writes: Mapping[str, Callable[[Body], dict[str, Any]]] = {
            "create_bill": work.create_bill,
            "replace_bill": lambda body: work.replace_bill(str(body.get("id", "")), body),
            "attach": lambda body: work.attach(str(body.get("id", "")), body),
            "post_bill": lambda body: work.post_bill(str(body.get("id", ""))),
            "create_payment": work.create_payment,
            "create_entry": work.create_entry,
        }

    @property
    def names(self) -> tuple[str, ...]:
        """All operations."""
        return ("company", *_RECORDS, *_FINDS, *self._writes)

    def writes(self, operation: str) -> bool:
        """Whether it changes something."""
        return operation in self._writes

    def run(self, operation: str, body: Body) -> dict[str, Any]:
        """Do it.

        Raises:
            Refusal: what the books say against it.
        """
        if operation in self._writes:
            return _shown(self._writes[operation](body))
        if operation in _RECORDS:
            limit = str(body.get("limit", "100"))
            size = min(int(limit), PAGE_MAX) if limit.isascii() and limit.isdigit() else 100
            return self._work.books.page(_RECORDS[operation], str(body.get("after", "")), size)
        if operation in _FINDS:
            return {"items": [_shown(one) for one in self._found(_FINDS[operation], body)]}
        return self._work.company()

    def _found(self, kind: str, body: Body) -> list[dict[str, Any]]:
        """Return documents by all that is given or, with ``either``, by key and else by vendor and number."""
        asked = {name: str(body.get(name) or "") for name in ("key", "vendor", "number")}
        documents = self._work.books.documents
        if str(body.get("either") or "") != "true":
            return documents(kind, **asked) if any(asked.values()) else []
        key = asked.pop("key")
        by_key = documents(kind, key=key) if key else []
        return by_key or (documents(kind, **asked) if all(asked.values()) else [])

    def run_half(self, operation: str, body: Body) -> None:
        """Make a draft with its first line only, as a server that dies within its work."""
        self.run(operation, {**body, "lines": list(body.get("lines", ()))[:1]})


def with_fault(operations: Operations, operation: str, body: Body, fault: Fault | None) -> dict[str, Any]:
    """Do an operation as far as a fault lets it.

    Raises:
        Refusal: what the books say against it, also the second time.
    """
    if fault is Fault.HALF_DRAFT:
        operations.run_half(operation, body)
        return {}
    answer = operations.run(operation, body)
    return operations.run(operation, body) if fault is Fault.DUPLICATE else answer


def _shown(document: Body) -> dict[str, Any]:
    return {name: document[name] for name in _SHOWN}
