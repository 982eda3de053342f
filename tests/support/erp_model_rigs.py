"""Connectors beside models of their ERPs, for the contract that all of them keep."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from connectors.business_central.connector import connect as connect_central
from connectors.dolibarr.connector import connect as connect_dolibarr
from connectors.erpnext.connector import connect as connect_erpnext
from connectors.netsuite.connector import connect as connect_netsuite
from connectors.odoo.connector import connect as connect_odoo
from connectors.s4hana.connector import connect as connect_s4hana
from gateway.adapters.clock import SystemClock
from gateway.domain.erp.documents import OrderLineRef, PartyRef
from gateway.ports.erp import ErpAccount, ErpConnector, ErpExchange
from tests.support.business_central_model import CLIENT as CENTRAL_CLIENT
from tests.support.business_central_model import CentralModel
from tests.support.dolibarr_model import DolibarrModel
from tests.support.erp_model import SECRET, ErpModel
from tests.support.erpnext_model import API_KEY, ErpnextModel
from tests.support.netsuite_model import BANK_DETAILS, CERTIFICATE, CLIENT, NetsuiteModel, private_key
from tests.support.odoo_model import DATABASE, LOGIN, OdooModel
from tests.support.s4hana_model import CODE, S4Model
from tests.support.s4hana_model import LOGIN as S4_LOGIN

ACCOUNTS: Mapping[str, Mapping[str, str]] = {
    "company": {"name": "Sandbox Ltd"},
    "accounts": {"supplies": "6800", "phone": "6805", "cash": "1000", "bank": "1800"},
    "revenue": {"7": "8300", "19": "8400"},
    "sales_tax": {"7": "1771", "19": "1776"},
    "tenders": {"cash": "1000", "card": "1360"},
    "sales": {"tips": "1741", "rounding": "1700", "vouchers": "1742"},
}


@dataclass
class ModelRig:
    """One ERP with one account.

    Attributes:
        vendor, other_vendor: two that it knows.
        order: a line of an open order of the second vendor.
        posts: what goes wrong last of a bill, a payment and an entry, as a model calls it.
        renews: an access that ended is renewed by the connector itself.
        ties_orders: lines of bills are tied to lines of orders.
        closes_periods: a bill carries a posting date, which may lie in a closed period.
        counts_taxes: the ERP computes taxes by rates; else it takes those of the document.
        secret, wrong_secret: of the account, and one that is no good.
        counts_lines: the ERP computes lines by quantities and prices; else it takes their amounts, too.
    """

    name: str
    erp: Any
    connect: Callable[[ErpAccount], ErpConnector]
    usual: Mapping[str, Any]
    version: str
    vendor: PartyRef
    other_vendor: PartyRef
    order: OrderLineRef
    posts: Mapping[str, str]
    renews: bool
    counts_taxes: bool = True
    counts_lines: bool = True
    ties_orders: bool = True
    closes_periods: bool = True
    secret: str = SECRET
    wrong_secret: str = "wrong-2718"
    exchanges: list[ErpExchange] = field(default_factory=list)
    made: list[ErpConnector] = field(default_factory=list)

    def connector(self, secret: str = "", **changes: Mapping[str, Any]) -> ErpConnector:
        """Return a new connector; ``changes``: tables of the mapping, put over the usual ones."""
        tables = {name: {**self.usual.get(name, {}), **changes.get(name, {})} for name in {**self.usual, **changes}}
        found = self.connect(ErpAccount("a-1", tables, secret or self.secret, SystemClock(), self.exchanges.append))
        self.made.append(found)
        return found

    def booked(self, key: str) -> list[tuple[Decimal, tuple[bytes, ...]]]:
        """Return gross and files of what is in the books under a key."""
        return [(gross, files) for known, gross, files in self.erp.posted() if known == key]

    def close(self) -> None:
        """Let go of connections."""
        for connector in self.made:
            connector.close()


@contextmanager
def _running(model: ErpModel, **how: Any) -> Iterator[ModelRig]:
    with model:
        usual = {**ACCOUNTS, **how.pop("usual")}
        usual["erp"] = {"url": model.address, **usual["erp"]}
        rig = ModelRig(erp=model, usual=usual, **how)
        try:
            yield rig
        finally:
            rig.close()


def _odoo(interface: str, version: str) -> AbstractContextManager[ModelRig]:
    erp = {"login": LOGIN, "database": DATABASE, "interface": interface}
    return _running(
        OdooModel(version),
        name=f"odoo {interface}",
        connect=connect_odoo,
        usual={"erp": erp, "taxes": {"0": "0 %", "7": "7 %", "19": "19 %"}, "journals": {"entries": "MISC"}},
        version=version,
        vendor=PartyRef("s-1", "Paper Mill", erp_id="1"),
        other_vendor=PartyRef("s-2", "Office Ltd", erp_id="2"),
        order=OrderLineRef("P00001", 1, "1"),
        posts={"bill": "post_bill", "payment": "create_payment", "entry": "post_entry", "sales day": "post_entry"},
        renews=interface == "json-rpc",
    )


def _dolibarr() -> AbstractContextManager[ModelRig]:
    nothing: Mapping[str, str] = {}
    return _running(
        DolibarrModel(),
        name="dolibarr",
        connect=connect_dolibarr,
        usual={
            "erp": {},
            "accounts": {"supplies": "SUPPLIES", "phone": "PHONE", "cash": "CASH", "bank": "BANK"},
            "taxes": {"0": "0", "7": "7", "19": "19"},
            **dict.fromkeys(("revenue", "sales_tax", "tenders", "sales"), nothing),
        },
        version="16.0.3",
        vendor=PartyRef("s-1", "Paper Mill", erp_id="1"),
        other_vendor=PartyRef("s-2", "Office Ltd", erp_id="2"),
        order=OrderLineRef("PO2610-1", 1, "1"),
        posts={"bill": "post_bill", "payment": "create_payment"},
        renews=False,
        ties_orders=False,
        closes_periods=False,
    )


def _erpnext() -> AbstractContextManager[ModelRig]:
    return _running(
        ErpnextModel(),
        name="erpnext",
        connect=connect_erpnext,
        usual={"erp": {"login": API_KEY}, "taxes": {"0": "1776", "7": "1771", "19": "1776 - Account - SL"}},
        version="15.38.0",
        vendor=PartyRef("s-1", "Paper Mill", erp_id="Paper Mill"),
        other_vendor=PartyRef("s-2", "Office Ltd", erp_id="Office, Ltd|Co"),
        order=OrderLineRef("PO-1", 1, "PO-1-row"),
        posts={"bill": "post_bill", "payment": "post_payment", "entry": "post_entry", "sales day": "post_entry"},
        renews=False,
        counts_taxes=False,
    )


def _netsuite() -> AbstractContextManager[ModelRig]:
    return _running(
        NetsuiteModel(),
        name="netsuite",
        connect=connect_netsuite,
        usual={
            "erp": {"login": CLIENT, "certificate": CERTIFICATE},
            "taxes": {"0": "VAT:0", "7": "VAT:7", "19": "VAT:19"},
            "fields": {"cost_centres": "department", "bank_details": BANK_DETAILS},
        },
        # It tells none.
        version="",
        vendor=PartyRef("s-1", "Paper Mill", erp_id="11"),
        other_vendor=PartyRef("s-2", "Office Ltd", erp_id="12"),
        order=OrderLineRef("PO-1", 1, "1"),
        posts={"bill": "post_bill", "payment": "create_payment", "entry": "create_entry", "sales day": "create_entry"},
        renews=True,
        counts_taxes=False,
        secret=private_key(),
        wrong_secret=private_key(31_415),
    )


def _s4hana() -> AbstractContextManager[ModelRig]:
    return _running(
        S4Model(),
        name="s4hana",
        connect=connect_s4hana,
        usual={
            "erp": {"login": S4_LOGIN},
            "company": {"name": "Sandbox Ltd", "code": CODE},
            "taxes": {"0": "V0", "7": "V2", "19": "V1"},
        },
        version="",
        vendor=PartyRef("s-1", "Paper Mill", erp_id="10300001"),
        other_vendor=PartyRef("s-2", "Office Ltd", erp_id="10300002"),
        order=OrderLineRef("4500000001", 1, "10"),
        posts={"bill": "post_bill", "payment": "create_payment", "entry": "create_entry", "sales day": "create_entry"},
        renews=True,
        counts_taxes=False,
        counts_lines=False,
    )


def _business_central() -> AbstractContextManager[ModelRig]:
    model = CentralModel()
    return _running(
        model,
        name="business_central",
        connect=connect_central,
        usual={
            "erp": {"login": CENTRAL_CLIENT, "token_url": f"{model.address}/tenant/oauth2/v2.0/token"},
            "accounts": {**ACCOUNTS["accounts"], "bank": "bank:B-10"},
            "taxes": {"0": "ZERO", "7": "REDUCED", "19": "NORMAL"},
        },
        version="",
        vendor=PartyRef("s-1", "Paper Mill", erp_id="V-1"),
        other_vendor=PartyRef("s-2", "Office Ltd", erp_id="V-2"),
        order=OrderLineRef("PO-1", 1, "1"),
        posts={"bill": "post_bill", "payment": "post_payment", "entry": "post_entry", "sales day": "post_entry"},
        renews=True,
        ties_orders=False,
    )


MODELS: Mapping[str, Callable[[], AbstractContextManager[ModelRig]]] = {
    "business_central": _business_central,
    "dolibarr": _dolibarr,
    "erpnext": _erpnext,
    "netsuite": _netsuite,
    "s4hana": _s4hana,
    "odoo over JSON-RPC": lambda: _odoo("json-rpc", "16.0"),
    "odoo over JSON-2": lambda: _odoo("json-2", "19.0"),
}
