"""The operations of the service description: the same use cases as the REST API."""

import base64
import json
from collections.abc import Callable, Mapping
from typing import Any

from pydantic import BaseModel

from gateway.domain.access import Caller
from gateway.domain.erp.binding import Binding
from gateway.web.erp.door_services import DoorServices
from gateway.web.erp.erp_shapes import (
    AccountQuery,
    AskedErpOrder,
    AskedErpReceipt,
    AskedErpVendor,
    ErpAcknowledgeRequest,
    ErpApprovalRequest,
    ErpChangesQuery,
    ErpDocumentPath,
    ErpDocumentsQuery,
    ErpFilePath,
)
from gateway.web.erp.soap_message import NotUnderstood, add, add_problem, answer_element
from gateway.web.erp.soap_values import add_change, add_document, add_record, shaped
from gateway.web.erp.told_approvals import taken
from gateway.web.erp.told_records import AskedItem, told, told_or_not
from gateway.web.errors import Problem, problem_of

Operation = Callable[[DoorServices, Caller, Any], Any]


class _Vendor(AccountQuery):
    """One supplier."""

    vendor: AskedErpVendor


class _Order(AccountQuery):
    """One order."""

    order: AskedErpOrder


class _Receipt(AccountQuery):
    """One delivery."""

    receipt: AskedErpReceipt


class _Vendors(AccountQuery):
    """Suppliers."""

    items: list[AskedErpVendor]


class _Orders(AccountQuery):
    """Orders."""

    items: list[AskedErpOrder]


class _Receipts(AccountQuery):
    """Deliveries."""

    items: list[AskedErpReceipt]


class _File(AccountQuery, ErpFilePath):
    """One file of a document."""


class _Acknowledge(AccountQuery, ErpDocumentPath, ErpAcknowledgeRequest):
    """As what the ERP has stored a document."""


class _Approval(AccountQuery):
    """One decision."""

    approval: ErpApprovalRequest


def _one(shape: type[BaseModel], member: str) -> Operation:
    def take(doors: DoorServices, caller: Caller, call: Any) -> Any:  # noqa: ANN401  # elements of lxml are untyped
        body: Any = shape.model_validate(shaped(call, shape))
        item: AskedItem = getattr(body, member)
        record, version = told(item.erp_id, item)
        answer = answer_element(f"Put{member.capitalize()}Response")
        add_record(answer, doors.records.take(caller, body.account, record, version))
        return answer

    return take


def _many(shape: type[BaseModel], name: str) -> Operation:
    def take(doors: DoorServices, caller: Caller, call: Any) -> Any:  # noqa: ANN401  # elements of lxml are untyped
        body: Any = shape.model_validate(shaped(call, shape))
        found = doors.records.take_all(caller, body.account, [told_or_not(item) for item in body.items])
        answer = answer_element(f"{name}Response")
        for item, one in zip(body.items, found, strict=True):
            result = add(answer, "results")
            add(result, "erp_id", item.erp_id)
            if isinstance(one, Binding):
                add_record(result, one)
            else:
                add_problem(result, "problem", problem_of(one))
        return answer

    return take


def _fetch(doors: DoorServices, caller: Caller, call: Any) -> Any:  # noqa: ANN401  # elements of lxml are untyped
    asked = ErpDocumentsQuery.model_validate(shaped(call, ErpDocumentsQuery))
    found = doors.documents.page(caller, asked.account, kind=asked.kind, after=asked.after, limit=asked.limit)
    answer = answer_element("FetchDocumentsResponse")
    for posting in found:
        add_document(answer, "data", posting)
    add(answer, "next", found[-1].sequence if found else asked.after)
    add(answer, "has_more", len(found) == asked.limit)
    return answer


def _changes(doors: DoorServices, caller: Caller, call: Any) -> Any:  # noqa: ANN401  # elements of lxml are untyped
    asked = ErpChangesQuery.model_validate(shaped(call, ErpChangesQuery))
    page = doors.changes.page(caller, after=asked.after, limit=asked.limit)
    answer = answer_element("FetchChangesResponse")
    for change in page.changes:
        add_change(answer, "data", change)
    add(answer, "next", page.next)
    add(answer, "has_more", page.has_more)
    return answer


def _acknowledge(doors: DoorServices, caller: Caller, call: Any) -> Any:  # noqa: ANN401  # elements of lxml are untyped
    told_as = _Acknowledge.model_validate(shaped(call, _Acknowledge))
    answer = answer_element("AcknowledgeDocumentResponse")
    known = doors.documents.acknowledge(
        caller, told_as.account, told_as.key, erp_id=told_as.erp_id, number=told_as.number
    )
    add_document(answer, "document", known)
    return answer


def _approve(doors: DoorServices, caller: Caller, call: Any) -> Any:  # noqa: ANN401  # elements of lxml are untyped
    body = _Approval.model_validate(shaped(call, _Approval))
    stored, _ = taken(doors, caller, body.account, body.approval)
    answer = answer_element("PutApprovalResponse")
    for name, value in json.loads(stored.body).items():
        add(answer, name, value)
    return answer


def _file(doors: DoorServices, caller: Caller, call: Any) -> Any:  # noqa: ANN401  # elements of lxml are untyped
    asked = _File.model_validate(shaped(call, _File))
    found = doors.documents.file(caller, asked.account, asked.key, asked.file_hash)
    answer = answer_element("FetchFileResponse")
    add(answer, "name", found.name)
    add(answer, "media_type", found.media_type)
    add(answer, "content", base64.b64encode(found.content).decode())
    return answer


_OPERATIONS: Mapping[str, Operation] = {
    "PutVendor": _one(_Vendor, "vendor"),
    "PutOrder": _one(_Order, "order"),
    "PutReceipt": _one(_Receipt, "receipt"),
    "PutVendors": _many(_Vendors, "PutVendors"),
    "PutOrders": _many(_Orders, "PutOrders"),
    "PutReceipts": _many(_Receipts, "PutReceipts"),
    "PutApproval": _approve,
    "FetchDocuments": _fetch,
    "FetchFile": _file,
    "FetchChanges": _changes,
    "AcknowledgeDocument": _acknowledge,
}


def operation_of(call: Any) -> Operation:  # noqa: ANN401  # elements of lxml are untyped
    """Return the operation a body asks for; it fits the schema, which knows answers and faults as well.

    Raises:
        NotUnderstood: it is none.
    """
    found = _OPERATIONS.get(call.tag.rpartition("}")[2])
    if found is None:
        raise NotUnderstood("Sender", Problem(400, "unknown_operation", "There is no such operation.", ""))
    return found
