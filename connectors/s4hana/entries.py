"""Payments and entries: journal entries, posted by one call, found by the header text that holds our key."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from connectors.erp_mapping.described import Refused
from connectors.erp_mapping.mapping_file import MappingFile
from connectors.s4hana.journal import JournalHead, JournalLine, envelope, posted_number
from connectors.s4hana.keys import long_key, reference, short_key
from connectors.s4hana.odata import INVOICES, JOURNAL, OPEN_ITEMS, S4Services, one_of, quoted
from gateway.domain.erp.failure import Effect
from gateway.ports.clock import Clock

ITEMS = f"{OPEN_ITEMS}/A_OperationalAcctgDocItemCube"


class S4Entries:
    """What is posted in the books of one company code."""

    def __init__(self, services: S4Services, mapping: MappingFile, clock: Clock) -> None:
        """Read the mapping.

        Raises:
            ErpFailure: ``mapping_wrong``.
        """
        self._services = services
        self._clock = clock
        self._company = mapping.text("company", "code")
        self._user = mapping.text("erp", "login")
        self._entry_type = mapping.text("journals", "entries", "SA")
        self._payment_type = mapping.text("journals", "payments", "KZ")

    def find(self, values: Mapping[str, Any], effect: Effect) -> object:
        """Look an entry or a payment up by our key."""
        by = f"AccountingDocumentHeaderText eq {quoted(short_key(values['key']))}"
        rows = self._items("find_journal_entry", by, effect)
        living = [row for row in rows if not row.get("ReverseDocument")]
        if rows and not living:
            raise Refused("refused", "It was cancelled there.")
        if not living:
            return {"items": []}
        first = living[0]
        debits = (abs(Decimal(row["AmountInTransactionCurrency"])) for row in living if row["DebitCreditCode"] == "S")
        return {
            "items": [
                _row(
                    long_key(first["AccountingDocumentHeaderText"]),
                    (first["AccountingDocument"], first["FiscalYear"]),
                    first["TransactionCurrency"],
                    f"{sum(debits, Decimal(0)):f}",
                )
            ]
        }

    def create_entry(self, values: Mapping[str, Any], _effect: Effect) -> object:
        """Post an entry."""
        lines = [
            JournalLine(
                account=line["account"],
                debit=bool(Decimal(line["debit"])),
                amount=line["debit"] if Decimal(line["debit"]) else line["credit"],
                text=line["text"] or values["text"],
                cost_centre=line["cost_centre"],
                creditor=line["party"],
            )
            for line in values["lines"]
        ]
        head = self._head(values, self._entry_type, values["entry_on"], values["reference"])
        return self._posted("create_journal_entry", head, lines)

    def create_payment(self, values: Mapping[str, Any], _effect: Effect) -> object:
        """Post a payment: a line for each bill, which names its accounting document, against the bank."""
        if any(Decimal(paid["discount"]) for paid in values["pays"]):
            raise Refused("not_supported", "Cash discount is entered there by hand.")
        lines = [
            JournalLine(
                account="",
                debit=not paid["amount"].startswith("-"),
                amount=paid["amount"].removeprefix("-"),
                text=f"{paid['number']} {values['end_to_end_id']}",
                creditor=values["vendor"]["erp_id"],
                pays=self._document_of(values, paid),
            )
            for paid in values["pays"]
        ]
        bank = JournalLine(values["account"], debit=False, amount=values["amount"], text=values["end_to_end_id"])
        head = self._head(values, self._payment_type, values["paid_on"], values["end_to_end_id"])
        return self._posted("create_vendor_payment", head, [*lines, bank])

    def _head(self, values: Mapping[str, Any], kind: str, day: Any, told: str) -> JournalHead:  # noqa: ANN401 - a date
        if self.find(values, Effect.NONE) != {"items": []}:
            # Nothing is known of a service that would refuse the second one by itself.
            raise Refused("duplicate", "It is there already.")
        return JournalHead(
            key=values["key"],
            company=self._company,
            document_type=kind,
            user=self._user[:12],
            day=day,
            currency=values["currency"],
            reference=reference(told),
            text=short_key(values["key"]),
            created_at=self._clock.now(),
        )

    def _posted(self, operation: str, head: JournalHead, lines: list[JournalLine]) -> dict[str, Any]:
        number = posted_number(self._services.soap(operation, JOURNAL, envelope(head, lines)))
        debits = sum((Decimal(line.amount) for line in lines if line.debit), Decimal(0))
        return _row(head.key, number, head.currency, f"{debits:f}")

    def _document_of(self, values: Mapping[str, Any], paid: Mapping[str, str]) -> tuple[str, str]:
        """Return the accounting document of a posted bill: by its id, by our key, or by vendor and number."""
        bill, vendor = paid["erp_id"].replace("/", ""), values["vendor"]["erp_id"]
        if not bill:
            bill = self._invoice_of(vendor, paid)
        of = f"FinancialAccountType eq 'K' and Supplier eq {quoted(vendor)}"
        rows = self._items("find_paid", f"{of} and OriginalReferenceDocument eq {quoted(bill)}", Effect.NONE)
        found = sorted({(row["AccountingDocument"], row["FiscalYear"]) for row in rows})
        if len(found) != 1:
            raise Refused("refused", f"There is no posted bill {paid['number']} of this vendor, or several.")
        return found[0]

    def _invoice_of(self, vendor: str, paid: Mapping[str, str]) -> str:
        """Return number and year of a bill as the accounting keeps them, empty where it is not one."""
        ours = f"DocumentHeaderText eq {quoted(short_key(paid['key']))}"
        theirs = one_of("SupplierInvoiceIDByInvcgParty", [reference(paid["number"])])
        for by in (ours, theirs):
            query = {
                "$filter": f"CompanyCode eq {quoted(self._company)} and InvoicingParty eq {quoted(vendor)} and {by}",
                "$select": "SupplierInvoice,FiscalYear,ReverseDocument",
            }
            rows = self._services.rows("find_paid", f"{INVOICES}/A_SupplierInvoice", query)
            living = [row for row in rows if not row["ReverseDocument"]]
            if len(living) == 1:
                return str(living[0]["SupplierInvoice"] + living[0]["FiscalYear"])
        return ""

    def _items(self, operation: str, by: str, effect: Effect) -> list[dict[str, Any]]:
        query = {"$filter": f"CompanyCode eq {quoted(self._company)} and {by}"}
        return self._services.rows(operation, ITEMS, query, effect)


def _row(key: str, number: Iterable[str], currency: str, amount: str) -> dict[str, Any]:
    document, year = number
    return {
        "id": f"{document}/{year}",
        "key": key,
        "number": document,
        "state": "posted",
        "version": "",
        "currency": currency,
        "net": amount,
        "tax": "0",
        "gross": amount,
        "attachments": [],
    }
