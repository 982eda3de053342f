"""Builds the ways into ERPs: what is stored for each, and the lanes that bring it there."""

from collections.abc import Callable, Mapping
from pathlib import Path

from gateway.adapters.erp_account_file import open_connector
from gateway.configuration.erp_settings import AT_ONCE
from gateway.configuration.settings import Settings
from gateway.domain.ids import StoreId, TenantId
from gateway.jobs.erp_lane import ErpLane
from gateway.node.demo_erp import DEMO_ERP, DemoErp, demo_erp_possible
from gateway.ports.clock import Clock
from gateway.ports.erp import ErpConnector
from gateway.ports.unit_of_work import Storage
from gateway.services.erp.enqueue_sales_day import EnqueueSalesDay
from gateway.services.erp.run_postings import RunPostings


def open_connectors(mappings: Mapping[str, Path], clock: Clock) -> Mapping[str, ErpConnector]:
    """Return the connectors of all ERPs that we call, by the account's id; none calls its ERP yet.

    ``mappings``: files by account; those of ERPs that fetch by themselves are empty paths.

    Raises:
        ConfigurationError: as ``open_connector``.
    """
    return {account: open_connector(path, account, clock) for account, path in mappings.items() if path.name}


def mappings_of(settings: Settings) -> dict[str, Path]:
    """Return the mapping files of the settings by account."""
    return {one.id: one.mapping for one in settings.erp}


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
        wanted = settings.demo.enabled and settings.demo.erp and demo_erp_possible()
        self._demo = DemoErp(settings.server.data_dir) if wanted else None
        mappings = mappings_of(settings) | ({} if self._demo is None else {DEMO_ERP: self._demo.mapping})
        self._connectors = open_connectors(mappings, clock)
        self._at_once = {one.id: one.at_once for one in settings.erp}
        self._lanes: list[ErpLane] = []
        self.sales_days = EnqueueSalesDay(tuple(mappings), settings.shop.name, settings.shop.zone())

    def start(self, holder: str, former: str | None) -> None:
        """Begin to bring documents. ``holder``: this start of this process; ``former``: the one before."""
        if self._demo is not None:
            self._demo.start()
        for account, connector in self._connectors.items():
            postings = RunPostings(
                storage=self._storage,
                clock=self._clock,
                place=self._place,
                account=account,
                connector=connector,
                holder=holder,
            )
            lane = ErpLane(postings, account=account, at_once=self._at_once.get(account, AT_ONCE))
            self._lanes.append(lane)
            lane.start(former)

    def stop(self, left_s: Callable[[], float]) -> None:
        """Stop the lanes, and let go of connections."""
        for lane in self._lanes:
            lane.stop(left_s)
        for connector in self._connectors.values():
            connector.close()
        if self._demo is not None:
            self._demo.stop()
