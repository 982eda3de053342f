"""Page services in SOAP: what the API v2.0 does not list. Only read from.

A page is published under a name of the operator's own choice; its namespace holds that name in small letters.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

from lxml import etree

from connectors.business_central.api import BusinessCentral
from connectors.erp_http.client import ErpHttp, told_on
from connectors.erp_mapping.described import Refused
from connectors.erp_mapping.mapping_file import MappingFile
from connectors.soap.redaction import redacted
from connectors.soap.safe_xml import parse_safely
from gateway.domain.erp.failure import Effect, ErpFailure, FailureCode
from gateway.ports.erp import ErpAccount

_ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"
_SPOKEN = frozenset({404, 500})
"""Of a page that is not published, and of faults."""
USUAL: Mapping[str, str] = {
    "vendor_entries": "VendorLedgerEntries",
    "customer_entries": "CustomerLedgerEntries",
    "bank_accounts": "VendorBankAccounts",
}


class PageServices:
    """The published pages of one company. Safe for several threads."""

    def __init__(self, account: ErpAccount, mapping: MappingFile, central: BusinessCentral) -> None:
        """``[pages]`` of the mapping: the names under which the pages are published, empty for one that is not."""
        url = mapping.text("erp", "soap_url", "") or mapping.text("erp", "url")
        self._http = ErpHttp(account, url, central.access, kept_as=redacted)
        self._central = central
        self._names = {**USUAL, **mapping.table("pages")}

    def published(self, page: str) -> str:
        """Return the name of a page, empty where the operator published none."""
        return self._names[page]

    def read(self, page: str, filters: Mapping[str, str], size: int) -> list[dict[str, str]]:
        """Return rows as texts by the names of their fields, in the order of the page's key.

        Args:
            page: of ``USUAL``.
            filters: criteria by field.
            size: rows at most.

        Raises:
            ErpFailure, Refused: as the API does.
        """
        name = self._names[page]
        path = f"WS/{quote(self._central.company)}/Page/{quote(name)}"
        headers = {"Content-Type": "text/xml; charset=utf-8", "Accept": "text/xml", "SOAPAction": '"ReadMultiple"'}
        body = _envelope(name, filters, size)
        answer = self._http.call(f"read_{page}", "POST", path, body, headers, effect=Effect.NONE, expected=_SPOKEN)
        if answer.status == 404:
            raise Refused("refused", f"The page “{name}” is not published as a web service.")
        try:
            root = parse_safely(answer.content)
        except ValueError as error:
            raise ErpFailure(FailureCode.ANSWER_NOT_UNDERSTOOD, "The answer is no XML.", effect=Effect.NONE) from error
        fault = root.findtext(".//faultstring")
        if fault is not None or answer.status != 200:
            raise Refused("refused", told_on(fault or f"HTTP {answer.status}"))
        space = _namespace(name)
        return [
            {etree.QName(field).localname: field.text or "" for field in row if isinstance(field.tag, str)}
            for row in root.iter(f"{{{space}}}{name}")
        ]

    def close(self) -> None:
        """Close the connections."""
        self._http.close()


def _namespace(name: str) -> str:
    return f"urn:microsoft-dynamics-schemas/page/{name.lower()}"


def _envelope(name: str, filters: Mapping[str, str], size: int) -> bytes:
    space = _namespace(name)
    root = etree.Element(f"{{{_ENVELOPE}}}Envelope", nsmap={"s": _ENVELOPE, "p": space})
    asked = etree.SubElement(etree.SubElement(root, f"{{{_ENVELOPE}}}Body"), f"{{{space}}}ReadMultiple")
    for field, criteria in filters.items():
        one = etree.SubElement(asked, f"{{{space}}}filter")
        etree.SubElement(one, f"{{{space}}}Field").text = field
        etree.SubElement(one, f"{{{space}}}Criteria").text = criteria
    etree.SubElement(asked, f"{{{space}}}setSize").text = str(size)
    return bytes(etree.tostring(root, xml_declaration=True, encoding="utf-8"))
