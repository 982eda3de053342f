"""Connectors whose operations are programmed and whose order of things is the described one.

An operation takes the values that a template may name, and returns rows in our own names: :data:`PLAIN` says where they
hold what, for every such connector.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from connectors.erp_mapping.described import DescribedConnector
from connectors.erp_mapping.mapping_file import MappingFile, wrong
from gateway.domain.erp.failure import Effect, ErpFailure, FailureCode
from gateway.ports.erp import CheckFinding

Operation = Callable[[Mapping[str, Any], Effect], object]
"""Does one thing. The effect: what is known where an answer makes no sense.

Raises ``ErpFailure``, or ``Refused`` where the ERP said no.
"""


_ODD = (LookupError, TypeError, ValueError, ArithmeticError, AttributeError)
"""What reading a row raises that lacks a field, or holds something else in it."""


def _no_findings() -> list[CheckFinding]:
    return []


def _nothing_open() -> None:
    """Let go of nothing."""


@dataclass(frozen=True, slots=True)
class ProgrammedCaller:
    """Operations by their names. ``more_findings``: looks, at set-up, at what has no codes of accounts or taxes."""

    operations: Mapping[str, Operation]
    more_findings: Callable[[], list[CheckFinding]] = _no_findings
    close: Callable[[], None] = _nothing_open

    def has(self, operation: str) -> bool:
        """Whether it is programmed."""
        return operation in self.operations

    def call(self, operation: str, values: Mapping[str, Any], *, effect: Effect) -> object:
        """Do it once."""
        if operation not in self.operations:
            raise wrong(f"operations.{operation}", "This ERP has none.")
        try:
            return self.operations[operation](values, effect)
        except _ODD as error:
            raise _odd(operation, error, effect) from error

    def findings(self) -> list[CheckFinding]:
        """Return what else does not fit."""
        try:
            return self.more_findings()
        except _ODD as error:
            raise _odd("check", error, Effect.NONE) from error


def _odd(operation: str, error: Exception, effect: Effect) -> ErpFailure:
    said = f"An answer of {operation} cannot be read ({type(error).__name__})."
    return ErpFailure(FailureCode.ANSWER_NOT_UNDERSTOOD, said, effect=effect)


def _named(*names: str) -> dict[str, Any]:
    return {name: name for name in names}


PLAIN: Mapping[str, Any] = {
    "company": _named("name", "version", "currency", "accounts", "taxes"),
    "pages": _named("items", "next", "complete"),
    "found": {
        **_named("id", "key", "number", "state", "version", "net", "tax", "gross", "currency", "attachments"),
        "attachment_kept_name": "name",
    },
    "records": {
        "vendor": _named(
            *("erp_id", "code", "name", "vat_id", "registration", "iban", "terms", "terms_days"),
            *("currency", "blocked", "version"),
        ),
        "customer": _named("erp_id", "code", "name", "vat_id", "currency", "blocked", "version"),
        "order": {
            **_named("erp_id", "number", "vendor", "currency", "ordered_on", "status", "lines", "version"),
            "line_fields": _named(
                *("line_id", "sku", "text", "unit", "ordered", "received", "billed", "unit_price", "tax_code")
            ),
        },
        "open_item": _named(
            *("erp_id", "side", "party", "number", "due_on", "amount", "remaining", "currency", "version")
        ),
    },
}


def programmed(mapping: MappingFile, caller: ProgrammedCaller, refusal_codes: Mapping[str, str]) -> DescribedConnector:
    """Return the connector of an account. ``refusal_codes``: ours by what the operations call a refusal.

    Raises:
        ErpFailure: ``mapping_wrong``.
    """
    return DescribedConnector(mapping, {**PLAIN, "refusal_codes": refusal_codes}, caller)
