"""The envelope of a journal entry for the synchronous SOAP service, and what it answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime

from lxml import etree

from connectors.erp_http.client import told_on
from connectors.erp_mapping.described import Refused
from connectors.s4hana.keys import one_line
from connectors.soap.safe_xml import parse_safely
from gateway.domain.erp.failure import Effect, ErpFailure, FailureCode

_SOAP, _SFIN = "http://schemas.xmlsoap.org/soap/envelope/", "http://sap.com/xi/SAPSCORE/SFIN"
_CODES = {"201(F5)": "period_closed", "305(F5)": "unknown_account", "304(F5)": "unknown_account"}
"""By the TypeID of a message; its form and numbers are not verified, see README.md."""
_FAILED = "3"
"""Severity of an error; 2 is a warning."""


@dataclass(frozen=True, slots=True)
class JournalLine:
    """One line. ``amount``: decimal text above zero; ``creditor``: a supplier, empty for an account.

    ``pays``: number and fiscal year of the accounting document that the line settles.
    """

    account: str
    debit: bool
    amount: str
    text: str
    cost_centre: str = ""
    creditor: str = ""
    pays: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class JournalHead:
    """What all lines share. ``key``: the UUID of the message; ``text``: sixteen and twenty-five letters at most."""

    key: str
    company: str
    document_type: str
    user: str
    day: date
    currency: str
    reference: str
    text: str
    created_at: datetime


def envelope(head: JournalHead, lines: Iterable[JournalLine]) -> bytes:
    """Return the request."""
    root = etree.Element(f"{{{_SOAP}}}Envelope", nsmap={"soapenv": _SOAP, "sfin": _SFIN})
    request = etree.SubElement(etree.SubElement(root, f"{{{_SOAP}}}Body"), f"{{{_SFIN}}}JournalEntryBulkCreateRequest")
    created = head.created_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    header = {"ID": head.key.replace("-", ""), "UUID": head.key, "CreationDateTime": created}
    _tell(etree.SubElement(request, "MessageHeader"), header)
    one = etree.SubElement(request, "JournalEntryCreateRequest")
    _tell(etree.SubElement(one, "MessageHeader"), header)
    entry = etree.SubElement(one, "JournalEntry")
    _tell(
        entry,
        {
            "OriginalReferenceDocumentType": "BKPFF",
            "BusinessTransactionType": "RFBU",
            "AccountingDocumentType": head.document_type,
            "DocumentReferenceID": head.reference,
            "DocumentHeaderText": head.text,
            "CreatedByUser": head.user,
            "CompanyCode": head.company,
            "DocumentDate": head.day.isoformat(),
            "PostingDate": head.day.isoformat(),
        },
    )
    numbered = list(enumerate(lines, start=1))
    # The service wants accounts first, then suppliers.
    for creditors in (False, True):
        for at, line in numbered:
            if bool(line.creditor) == creditors:
                _line(entry, line, at, head.currency)
    return bytes(etree.tostring(root, xml_declaration=True, encoding="utf-8"))


def posted_number(content: bytes) -> tuple[str, str]:
    """Return number and fiscal year of the document that an answer confirms.

    Raises:
        ErpFailure: ``answer_not_understood``, its effect unknown.
        Refused: with the words of its log.
    """
    try:
        root = parse_safely(content)
    except ValueError as error:
        raise _odd("The answer is no XML.") from error
    found = {name: root.findtext(f".//{name}") or "" for name in ("AccountingDocument", "FiscalYear")}
    worst = root.findtext(".//Log/MaximumLogItemSeverityCode") or ""
    if worst >= _FAILED:
        items = [item for item in root.iterfind(".//Log/Item") if (item.findtext("SeverityCode") or "") >= _FAILED]
        codes = [_CODES[told] for item in items if (told := item.findtext("TypeID") or "") in _CODES]
        words = told_on(" ".join(item.findtext("Note") or "" for item in items))
        raise Refused(codes[0] if codes else "refused", words)
    if not found["AccountingDocument"].strip("0"):
        raise _odd("The answer confirms no document, and tells of no error.")
    return found["AccountingDocument"], found["FiscalYear"]


def _line(entry: etree._Element, line: JournalLine, at: int, currency: str) -> None:
    made = etree.SubElement(entry, "CreditorItem" if line.creditor else "Item")
    _tell(made, {"ReferenceDocumentItem": str(at)})
    _tell(made, {"Creditor": line.creditor} if line.creditor else {"GLAccount": line.account})
    amount = etree.SubElement(made, "AmountInTransactionCurrency", currencyCode=currency)
    # Credit is below zero there, beside its letter.
    amount.text = line.amount if line.debit else f"-{line.amount}"
    _tell(made, {"DebitCreditCode": "S" if line.debit else "H", "DocumentItemText": one_line(line.text)})
    if line.pays is not None:
        _tell(made, {"InvoiceReference": line.pays[0], "InvoiceReferenceFiscalYear": line.pays[1]})
    if line.cost_centre:
        _tell(etree.SubElement(made, "AccountAssignment"), {"CostCenter": line.cost_centre})


def _tell(parent: etree._Element, values: Mapping[str, str]) -> None:
    for name, value in values.items():
        etree.SubElement(parent, name).text = value


def _odd(words: str) -> ErpFailure:
    return ErpFailure(FailureCode.ANSWER_NOT_UNDERSTOOD, words, effect=Effect.UNKNOWN)
