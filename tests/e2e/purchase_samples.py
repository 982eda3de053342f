"""A shop before its first day: suppliers known for years, a rule that asks for two people, a second approver.

What follows from day to day (orders, deliveries, invoices) tests hand in themselves.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from gateway.adapters.db.unit_of_work import SqlStorage
from gateway.adapters.passwords import Argon2Passwords
from gateway.domain.access import Role
from gateway.domain.ids import PersonId
from gateway.domain.payables.approval_rules import ApprovalRule
from gateway.domain.payables.supplier import AccountState, CallBack, SupplierAccount
from gateway.node.demo_documents import Supplier as Sample
from gateway.ports.access_store import Person
from tests.e2e.document_samples import STORE, TENANT
from tests.support.migrated import migrate
from tests.support.payable_rows import supplier_row
from tests.support.storage_rows import FixedClock, new_id

SECOND_APPROVER, SECOND_PASSWORD = "petra", "two-are-better-than-one"  # of a person who lives for one test
OWN_ACCOUNT = """
[[payables.accounts]]
id = "main"
name = "House bank"
holder = "Corner Shop GmbH"
iban = "DE89370400440532013000"
opening = "50000.00"
"""
TWO_FROM = "From 100"
MILL = Sample(
    "Mühle am Bach GmbH",
    "Bachweg 3",
    "79098",
    "Freiburg",
    "DE136695976",
    "DE02100100100006820101",
    "+49 761 5550120",
    "rechnung@muehle-bach.example",
)
DAIRY = Sample(
    "Molkerei Talgrund eG",
    "Talgrund 7",
    "87435",
    "Kempten",
    "DE111222339",
    "DE02500105170137075030",
    "+49 831 5550133",
    "buchhaltung@talgrund.example",
)
OTHER_DAIRY_IBAN = "DE02300209000106531065"
"""What the dairy prints from one day on."""


def seed_shop(folder: Path) -> dict[str, str]:
    """Fill the database of a shop that is not open yet; return the ids of its suppliers by name."""
    url = f"sqlite:///{folder}/shop.sqlite3"
    migrate(url)
    storage, now = SqlStorage(url, FixedClock()), datetime.now(UTC)
    place: dict[str, Any] = {"tenant_id": TENANT, "store_id": STORE}
    since = now - timedelta(days=900)
    ids: dict[str, str] = {}
    with storage.write() as unit:
        for number, one in (("70011", MILL), ("70012", DAIRY)):
            row = supplier_row(number, name=one.name, vat_ids=(one.vat_id,), language="de", **place)
            row = replace(row, created_at=since, changed_at=since)
            unit.suppliers.add(row)
            unit.suppliers.add_account(TENANT, STORE, _account(row.id, one, since))
            ids[one.name] = str(row.id)
        rule = ApprovalRule(new_id(), TWO_FROM, 2, currency="EUR", from_minor=10_000)
        unit.approvals.put_rule(TENANT, STORE, rule)
        unit.access.add_person(_second_approver(now))
    storage.close()
    return ids


def _account(supplier_id: Any, one: Sample, at: datetime) -> SupplierAccount:
    called = CallBack("mia", at, "the owner", "the contract", new_id())
    return SupplierAccount(
        new_id(),
        supplier_id,
        one.name,
        "DE",
        AccountState.EFFECTIVE,
        "import",
        new_id(),
        at,
        iban=one.iban,
        call_back=called,
        decided_by=new_id(),
        decided_at=at,
    )


def _second_approver(at: datetime) -> Person:
    return Person(
        TENANT,
        STORE,
        PersonId(new_id()),
        SECOND_APPROVER,
        "Petra",
        Role.APPROVER,
        Argon2Passwords().hash(SECOND_PASSWORD),
        None,
        False,
        False,
        False,
        at,
    )
