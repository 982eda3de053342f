"""The bare loop of the benchmark `erp`: the same documents as plain calls, one after the other, and nothing else.

A bill is made, gets its files, and is posted; the rest is one call. Documents are in memory, and messages are made as
they are sent; nothing is looked up, noted, or cut off when it takes too long.
"""

import json
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import requests
import zeep

import connectors.generic_rest.connector as rest
import connectors.generic_soap.connector as soap
from connectors.erp_mapping.document_values import file_values, values_of
from connectors.erp_mapping.exact_json import exact_json
from connectors.erp_mapping.mapping_file import MappingFile
from connectors.erp_mapping.templates import filled
from connectors.sandbox_erp.server import Login
from connectors.sandbox_erp.soap_side import DESCRIPTION
from gateway.domain.erp.documents import DocumentKind, VendorBill
from gateway.ports.erp import ErpDocument

_HEADERS = {"Content-Type": "application/json", "Authorization": Login().basic()}
_BINDING = "{urn:tillbridge:sandbox-erp:1}SandboxErpSoap11"
_PARTS = {"rest": "body", "soap": "values"}


@dataclass(frozen=True, slots=True)
class Call:
    """One call: the operation's name, where it goes (``{id}`` is told by the first answer), and what it sends."""

    operation: str
    where: str
    sends: Mapping[str, Any]


def calls_of(interface: str, documents: Sequence[ErpDocument], mapping: Mapping[str, Any]) -> Iterator[list[Call]]:
    """Give each document as the calls that bring it in. ``interface``: ``rest`` or ``soap``."""
    operations, read = _operations(interface), MappingFile(mapping)
    for one in documents:
        yield _calls(interface, operations, one, read)


def loops_of(interface: str) -> Mapping[str, Callable[[str, Iterable[Sequence[Call]]], None]]:
    """Return the bare loops by the name of their library; each is given the ERP's address."""
    if interface == "soap":
        return {"zeep": _by_zeep}
    return {"httpx": _by_httpx, "requests": _by_requests}


def _operations(interface: str) -> Mapping[str, Any]:
    folder = Path(str({"rest": rest, "soap": soap}[interface].__file__)).parent
    text = (folder / "descriptions" / "sandbox.toml").read_text(encoding="utf-8")
    found: Mapping[str, Any] = tomllib.loads(text)["operations"]
    return found


def _calls(interface: str, operations: Mapping[str, Any], document: ErpDocument, mapping: MappingFile) -> list[Call]:
    def call(name: str, values: Mapping[str, Any]) -> Call:
        told = operations[name]
        return Call(name, told.get("path") or told["call"], filled(told.get(_PARTS[interface], {}), values, name))

    kind = DocumentKind.JOURNAL_ENTRY if document.kind is DocumentKind.SALES_DAY else document.kind
    made = call(f"create_{kind.value}", values_of(document, mapping))
    if not isinstance(document, VendorBill):
        return [made]
    files = [call("attach_vendor_bill", {"id": "", **file_values(file)}) for file in document.attachments]
    return [made, *files, call("post_vendor_bill", {"id": ""})]


def _by_requests(address: str, documents: Iterable[Sequence[Call]]) -> None:
    with requests.Session() as session:
        session.headers.update(_HEADERS)
        _over_http(lambda path, content: session.post(address + path, data=content), documents)


def _by_httpx(address: str, documents: Iterable[Sequence[Call]]) -> None:
    with httpx.Client(headers=_HEADERS) as client:
        _over_http(lambda path, content: client.post(address + path, content=content), documents)


def _over_http(post: Callable[[str, bytes], Any], documents: Iterable[Sequence[Call]]) -> None:
    for calls in documents:
        made = ""
        for call in calls:
            content = exact_json(call.sends).encode() if call.sends else b""
            answer = post(call.where.replace("{id}", made), content)
            answer.raise_for_status()
            made = made or str(json.loads(answer.content)["id"])


def _by_zeep(address: str, documents: Iterable[Sequence[Call]]) -> None:
    with requests.Session() as session:
        session.headers["Authorization"] = Login().basic()
        untyped: Any = zeep
        client = untyped.Client(str(DESCRIPTION), transport=untyped.Transport(session=session))
        service = client.create_service(_BINDING, f"{address}/soap")
        for calls in documents:
            made = ""
            for call in calls:
                told = {**call.sends, "id": made} if made else call.sends
                answer = service[call.where](**told)
                made = made or str(answer.id)
