"""A connector beside an ERP that a test can look into and let go wrong: what the contract suite runs on.

Another connector joins the suite by a rig of its own, and a line in ``tests/contract/erp/conftest.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from connectors.generic_rest.connector import connect as connect_rest
from connectors.generic_soap.connector import connect as connect_soap
from connectors.sandbox_erp.faults import Fault
from connectors.sandbox_erp.server import Login, SandboxErp
from connectors.sandbox_erp.soap_side import DESCRIPTION
from gateway.adapters.clock import SystemClock
from gateway.ports.erp import ErpAccount, ErpConnector, ErpExchange
from tests.support.sandbox import sandbox

MAPPING: Mapping[str, Mapping[str, str]] = {
    "company": {"name": "Sandbox Ltd"},
    "accounts": {"supplies": "6800", "phone": "6805", "cash": "1000", "bank": "1800"},
    "taxes": {"0": "V0", "7": "V7", "19": "V19"},
    "revenue": {"7": "8300", "19": "8400"},
    "sales_tax": {"7": "1771", "19": "1776"},
    "tenders": {"cash": "1000", "card": "1360"},
    "sales": {"tips": "1741", "rounding": "1700", "vouchers": "1742"},
}


@dataclass(frozen=True, slots=True)
class Booked:
    """One document in the books, as the judge has it. Amounts: decimal text."""

    key: str
    net: str
    tax: str
    gross: str
    files: tuple[bytes, ...] = ()


class ErpRig(Protocol):
    """One ERP with one account. ``renews``: an access that ended is renewed by the connector itself."""

    name: str
    renews: bool
    secret: str
    exchanges: list[ErpExchange]

    def connector(self, **changes: Mapping[str, Any]) -> ErpConnector:
        """Return a new connector; ``changes``: tables of the mapping, put over the usual ones."""

    def fault(self, fault: Fault, operation: str = "") -> None:
        """Let the next call of an operation go wrong."""

    def booked(self, key: str) -> list[Booked]:
        """Return what is posted under a key."""

    def all_booked(self) -> list[Booked]:
        """Return all that is posted."""

    def quiet(self) -> None:
        """Let nothing more go wrong."""


@dataclass
class SandboxRig:
    """A described connector beside the sandbox."""

    name: str
    erp: SandboxErp
    connect: Callable[[ErpAccount], ErpConnector]
    usual: Mapping[str, Any]
    renews: bool
    folder: str
    secret: str = Login().password
    exchanges: list[ErpExchange] = field(default_factory=list)
    made: list[ErpConnector] = field(default_factory=list)

    def connector(self, **changes: Mapping[str, Any]) -> ErpConnector:
        tables = {name: {**self.usual.get(name, {}), **changes.get(name, {})} for name in {**self.usual, **changes}}
        account = ErpAccount("a-1", tables, self.secret, SystemClock(), self.exchanges.append, self.folder)
        found = self.connect(account)
        self.made.append(found)
        return found

    def fault(self, fault: Fault, operation: str = "") -> None:
        self.erp.faults.add(fault, operation)

    def booked(self, key: str) -> list[Booked]:
        return [one for one in self.all_booked() if one.key == key]

    def all_booked(self) -> list[Booked]:
        return [
            Booked(
                one["key"],
                one["net"],
                one["tax"],
                one["gross"],
                tuple(self.erp.books.file_content(one["id"], sha256) for sha256 in one["attachments"]),
            )
            for one in self.erp.books.journal()
        ]

    def quiet(self) -> None:
        self.erp.faults.clear()

    def close(self) -> None:
        for connector in self.made:
            connector.close()


@contextmanager
def rest_rig(*, rate: float = 0.0, seed: int = 0) -> Iterator[SandboxRig]:
    """Run ``generic_rest`` beside a sandbox."""
    with sandbox(rate=rate, seed=seed) as erp:
        how = {"url": erp.address, "login": "gateway", "description": "sandbox"}
        rig = SandboxRig("generic_rest", erp, connect_rest, {**MAPPING, "erp": how}, renews=True, folder="")
        yield rig
        rig.close()


@contextmanager
def soap_rig(*, rate: float = 0.0, seed: int = 0) -> Iterator[SandboxRig]:
    """Run ``generic_soap`` beside a sandbox."""
    with sandbox(rate=rate, seed=seed) as erp:
        how = {"url": f"{erp.address}/soap", "login": "gateway", "description": "sandbox", "wsdl": DESCRIPTION.name}
        folder = str(Path(DESCRIPTION).parent)
        rig = SandboxRig("generic_soap", erp, connect_soap, {**MAPPING, "erp": how}, renews=False, folder=folder)
        yield rig
        rig.close()


RIGS: Mapping[str, Callable[..., AbstractContextManager[SandboxRig]]] = {
    "generic_rest": rest_rig,
    "generic_soap": soap_rig,
}
