"""Calls the operations of a description over SOAP, see ``connectors.erp_mapping.described`` and README.md."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from zeep.helpers import serialize_object

from connectors.erp_http.client import told_on
from connectors.erp_mapping.described import DescribedConnector, Refused, read_description
from connectors.erp_mapping.mapping_file import MappingFile, wrong
from connectors.erp_mapping.specimens import template_findings
from connectors.erp_mapping.templates import filled
from connectors.soap.client import Exchange, SoapAccess, SoapClient
from connectors.soap.description import Descriptions
from connectors.soap.failure import FailureCode as SoapCode
from connectors.soap.failure import SoapFailure
from gateway.domain.erp.failure import Effect, ErpFailure, FailureCode
from gateway.ports.erp import CheckFinding, ErpAccount, ErpConnector, ErpExchange

_SHIPPED = Path(__file__).parent / "descriptions"
_CODES: Mapping[SoapCode, FailureCode] = {
    SoapCode.DESCRIPTION_UNREADABLE: FailureCode.MAPPING_WRONG,
    SoapCode.DESCRIPTION_REACHES_OUT: FailureCode.MAPPING_WRONG,
    SoapCode.DESCRIPTION_INCOMPLETE: FailureCode.MAPPING_WRONG,
    SoapCode.UNKNOWN_OPERATION: FailureCode.MAPPING_WRONG,
    SoapCode.REQUEST_NOT_VALID: FailureCode.MAPPING_WRONG,
    SoapCode.UNREACHABLE: FailureCode.UNREACHABLE,
    SoapCode.NOT_AUTHORISED: FailureCode.NOT_AUTHORISED,
    SoapCode.TOO_MANY_CALLS: FailureCode.TOO_MANY_CALLS,
    SoapCode.REFUSED: FailureCode.REFUSED,
    SoapCode.FAULT: FailureCode.SERVER_ERROR,
    SoapCode.NO_ANSWER: FailureCode.NO_ANSWER,
    SoapCode.ANSWER_TOO_LARGE: FailureCode.ANSWER_NOT_UNDERSTOOD,
    SoapCode.ANSWER_NOT_UNDERSTOOD: FailureCode.ANSWER_NOT_UNDERSTOOD,
}
_descriptions = Descriptions()
"""Parsed once for the whole process."""


def connect(account: ErpAccount) -> ErpConnector:
    """Return the connector of an account.

    Raises:
        ErpFailure: ``mapping_wrong``.
    """
    mapping = MappingFile(account.mapping)
    description = read_description(mapping.text("erp", "description"), account.folder, _SHIPPED)
    return DescribedConnector(mapping, description, _SoapCaller(account, mapping, description))


class _SoapCaller:
    """Operations as messages of a service description."""

    def __init__(self, account: ErpAccount, mapping: MappingFile, description: Mapping[str, Any]) -> None:
        self._operations: Mapping[str, Any] = description.get("operations", {})
        self._refusal = MappingFile(description).table("refusal")
        self._wait = account.wait
        endpoint, login = mapping.text("erp", "url"), mapping.text("erp", "login", "")
        port = MappingFile(description).text("service", "port")
        path = Path(account.folder) / mapping.text("erp", "wsdl")

        def keep(one: Exchange) -> None:
            account.keep(
                ErpExchange(account.id, one.operation, one.endpoint, one.seconds, one.outcome, one.request, one.answer)
            )

        try:
            read = _descriptions.load(path)
            access = SoapAccess(endpoint, basic=(login, account.secret) if login else None)
            self._client = SoapClient(read, port, access, keep)
        except SoapFailure as failure:
            raise wrong("erp.wsdl", failure.message) from failure
        self._known = {one.name: one.takes for one in read.operations if one.port == port}

    def has(self, operation: str) -> bool:
        """Whether it is described."""
        return operation in self._operations

    def call(self, operation: str, values: Mapping[str, Any], *, effect: Effect) -> object:
        """Call it once."""
        told, field = self._operations.get(operation), f"operations.{operation}"
        if told is None or not isinstance(told.get("call"), str):
            raise wrong(field, "It names no operation to call.")
        message = filled(told.get("values", {}), values, field)
        self._wait()
        try:
            answer = self._client.call(told["call"], **message)
        except SoapFailure as failure:
            raise self._failed(failure, field, effect) from failure
        found = _plain(serialize_object(answer.value, dict))  # type: ignore[no-untyped-call]  # of zeep
        # A list that is all of an answer comes without its name.
        return {"items": found} if isinstance(found, list) else found

    def rendered(self, operation: str, values: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the values of a message, and send nothing."""
        message: Mapping[str, Any] = filled(
            self._operations[operation].get("values", {}), values, f"operations.{operation}"
        )
        return message

    def findings(self) -> list[CheckFinding]:
        """Return the operations and values that the service description does not have."""
        found = template_findings(self._operations, ("values",))
        for name, told in self._operations.items():
            call = str(told.get("call", ""))
            if call not in self._known:
                said = f"The service has no operation “{call}”."
                found.append(CheckFinding(f"operations.{name}.call", said, "Choose one of the service description."))
                continue
            takes = {part.split(":")[0].strip() for part in self._known[call].split(",")}
            found += [
                CheckFinding(
                    f"operations.{name}.values.{value}",
                    f"The operation “{call}” takes no “{value}”.",
                    f"It takes: {self._known[call] or 'nothing'}.",
                )
                for value in told.get("values", {})
                if value not in takes
            ]
        return found

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _failed(self, failure: SoapFailure, field: str, effect: Effect) -> ErpFailure | Refused:
        detail = dict(failure.detail)
        if failure.code is SoapCode.FAULT and failure.effect.value == Effect.NONE.value:
            return Refused(detail.get(self._refusal.get("code", ""), failure.fault_code), told_on(failure.message))
        code = _CODES[failure.code]
        unknown = ErpFailure(code).effect is Effect.UNKNOWN
        return ErpFailure(
            code,
            told_on(failure.message),
            effect=effect if unknown else None,
            field=field if code is FailureCode.MAPPING_WRONG else None,
            retry_after_s=failure.retry_after_s,
        )


def _plain(value: object) -> object:
    """Return an answer without the types of the library."""
    match value:
        case dict():
            return {str(name): _plain(inner) for name, inner in value.items()}
        case list():
            return [_plain(inner) for inner in value]
        case date() | Decimal() | bool() | None:
            return value
        case _:
            return str(value)
