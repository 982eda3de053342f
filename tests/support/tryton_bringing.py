"""The runner of one account whose ERP is a live Tryton."""

from __future__ import annotations

from connectors.tryton.connector import connect
from gateway.ports.clock import Clock
from gateway.ports.erp import ErpAccount
from gateway.ports.unit_of_work import Storage
from gateway.services.erp.run_postings import RunPostings
from tests.support.erp_model import SECRET
from tests.support.erp_office import ACCOUNT, PLACE
from tests.support.tryton_proxy import USUAL


def bringing(storage: Storage, clock: Clock, told: tuple[str, str, str], holder: str) -> RunPostings:
    """Return a runner. ``told``: address, database and login."""
    address, database, login = told
    mapping = {**USUAL, "erp": {"url": address, "database": database, "login": login}}
    connector = connect(ErpAccount(ACCOUNT, mapping, SECRET, clock))
    return RunPostings(storage=storage, clock=clock, place=PLACE, account=ACCOUNT, connector=connector, holder=holder)
