"""Builds the ways into ERPs: what is stored for each, and the lanes that bring it there."""

import tomllib
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from gateway.adapters.erp_account_file import open_connector
from gateway.configuration.erp_settings import AT_ONCE
from gateway.configuration.settings import Settings
from gateway.domain.access import Caller, Permission
from gateway.domain.ids import StoreId, TenantId, derived_id
from gateway.jobs.erp_lane import ErpLane
from gateway.jobs.exchange_lane import ExchangeLane
from gateway.node.demo_erp import DEMO_ERP, DemoErp, demo_erp_runs
from gateway.ports.clock import Clock
from gateway.ports.erp import ErpConnector, ErpExchange
from gateway.ports.unit_of_work import Storage
from gateway.services.erp.enqueue_bills import EnqueueBills
from gateway.services.erp.enqueue_sales_day import EnqueueSalesDay
from gateway.services.erp.exchange_log import ExchangeLog
from gateway.services.erp.fetch_open_items import FetchOpenItems
from gateway.services.erp.fetch_records import FetchRecords
from gateway.services.erp.look_at_accounts import ErpWay, LookAtAccounts
from gateway.services.erp.run_postings import RunPostings
from gateway.services.erp.take_record import TakeRecord

DEMO_FETCH_S = 5
_FETCHER = uuid.UUID("3f0b6a56-7c0e-5f2a-9d0f-52d3a2f1c0de")
"""Of the ids in whose name records are stored."""


def open_connectors(
    mappings: Mapping[str, Path], clock: Clock, keep: Callable[[ErpExchange], None] | None = None
) -> Mapping[str, ErpConnector]:
    """Return the connectors of all ERPs that we call, by the account's id; none calls its ERP yet.

    ``mappings``: files by account; those of ERPs that fetch by themselves are empty paths; ``keep``: told exchanges.

    Raises:
        ConfigurationError: as ``open_connector``.
    """
    return {account: open_connector(path, account, clock, keep) for account, path in mappings.items() if path.name}


def mappings_of(settings: Settings) -> dict[str, Path]:
    """Return the mapping files of the settings by account."""
    return {one.id: one.mapping for one in settings.erp}


def accounts_of(settings: Settings) -> frozenset[str]:
    """Return the ids of the shop's ERPs, that of the demo with them."""
    return frozenset(mappings_of(settings)) | ({DEMO_ERP} if demo_erp_runs(settings) else frozenset())


def _way(path: Path, connector: ErpConnector | None) -> ErpWay:
    return ErpWay(None) if connector is None else ErpWay(connector, partial(_mapping, path))


def _mapping(path: Path) -> Mapping[str, Any]:
    """Return what a mapping file says now; nothing where it was taken away since the start."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}


@dataclass(frozen=True, slots=True)
class ErpCauses:
    """What stores documents for the ERPs, in the units of their causes."""

    sales_days: EnqueueSalesDay
    bills: EnqueueBills


class ErpSide:
    """The ERPs of one node's shop. Nothing runs before ``start``; no ERP, nothing at all."""

    def __init__(self, settings: Settings, storage: Storage, clock: Clock) -> None:
        """Open the connectors; none calls its ERP yet. In the demo the sandbox ERP is one of them.

        Raises:
            ConfigurationError: as ``open_connector``.
        """
        self._storage = storage
        self._clock = clock
        self._place = (TenantId(settings.shop.tenant), StoreId(settings.shop.store))
        self._demo = DemoErp(settings.server.data_dir, clock.now().date()) if demo_erp_runs(settings) else None
        mappings = mappings_of(settings) | ({} if self._demo is None else {DEMO_ERP: self._demo.mapping})
        self.exchanges = ExchangeLog(storage, clock, self._place)
        """What was said, for administrators."""
        self._exchange_lane = ExchangeLane(self.exchanges)
        self._connectors = open_connectors(mappings, clock, self.exchanges.keep)
        ways = {account: _way(path, self._connectors.get(account)) for account, path in mappings.items()}
        self.accounts = LookAtAccounts(storage=storage, clock=clock, ways=ways)
        """Shows people how they fare."""
        self.any = bool(accounts_of(settings))
        """Whether the shop has an ERP."""
        self._at_once = {one.id: one.at_once for one in settings.erp}
        self._fetch_min = {one.id: one.fetch_every_min for one in settings.erp}
        self._lanes: list[ErpLane] = []
        zone = settings.shop.zone()
        self.causes = ErpCauses(
            EnqueueSalesDay(tuple(mappings), settings.shop.name, zone), EnqueueBills(tuple(mappings), zone)
        )

    def start(self, holder: str, former: str | None, take: TakeRecord | None = None) -> None:
        """Begin to bring documents and to fetch records.

        ``holder``: this start of this process; ``former``: the one before; ``take``: stores what is fetched,
        None: nothing is fetched.
        """
        if self._demo is not None:
            self._demo.start()
        if self._connectors:
            self._exchange_lane.start()
        for account, connector in self._connectors.items():
            postings = RunPostings(
                storage=self._storage,
                clock=self._clock,
                place=self._place,
                account=account,
                connector=connector,
                holder=holder,
                unwanted=self.causes.bills.unwanted_in,
                about=self.exchanges.about,
            )
            fetch = self._fetch(account, connector, take)
            lane = ErpLane(postings, account=account, at_once=self._at_once.get(account, AT_ONCE), fetch=fetch)
            self._lanes.append(lane)
            lane.start(former)

    def _fetch(self, account: str, connector: ErpConnector, take: TakeRecord | None) -> Callable[[], int] | None:
        """Return what fetches an account's records; None where they are not to be fetched."""
        every_s = DEMO_FETCH_S if account == DEMO_ERP else self._fetch_min.get(account, 0) * 60
        if take is None or not every_s:
            return None
        caller = Caller(
            *self._place, derived_id(_FETCHER, account), f"erp:{account}", frozenset({Permission.ERP_MASTER})
        )
        records = FetchRecords(
            storage=self._storage,
            clock=self._clock,
            caller=caller,
            account=account,
            connector=connector,
            take=take,
            every_s=every_s,
        )
        items = FetchOpenItems(
            storage=self._storage,
            clock=self._clock,
            place=self._place,
            account=account,
            connector=connector,
            every_s=every_s,
        )
        return lambda: records.run() + items.run()

    def stop(self, left_s: Callable[[], float]) -> None:
        """Stop the lanes, and let go of connections."""
        for lane in self._lanes:
            lane.stop(left_s)
        self._exchange_lane.stop(left_s)
        for connector in self._connectors.values():
            connector.close()
        if self._demo is not None:
            self._demo.stop()
