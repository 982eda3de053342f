"""Builds the ways into ERPs: what is stored for each, and the lanes that bring it there."""

from collections.abc import Callable, Mapping

from gateway.adapters.erp_account_file import open_connector
from gateway.configuration.settings import Settings
from gateway.domain.ids import StoreId, TenantId
from gateway.jobs.erp_lane import ErpLane
from gateway.ports.clock import Clock
from gateway.ports.erp import ErpConnector
from gateway.ports.unit_of_work import Storage
from gateway.services.erp.enqueue_sales_day import EnqueueSalesDay
from gateway.services.erp.run_postings import RunPostings


def open_connectors(settings: Settings, clock: Clock) -> Mapping[str, ErpConnector]:
    """Return the connectors of all ERPs that we call, by the account's id; none calls its ERP yet.

    Raises:
        ConfigurationError: as ``open_connector``.
    """
    return {one.id: open_connector(one.mapping, one.id, clock) for one in settings.erp if one.mapping.name}


class ErpSide:
    """The ERPs of one node's shop. Nothing runs before ``start``; no ERP, nothing at all."""

    def __init__(self, settings: Settings, storage: Storage, clock: Clock) -> None:
        """Open the connectors; none calls its ERP yet.

        Raises:
            ConfigurationError: as ``open_connector``.
        """
        self._storage = storage
        self._clock = clock
        self._place = (TenantId(settings.shop.tenant), StoreId(settings.shop.store))
        self._connectors = open_connectors(settings, clock)
        self._lanes: list[ErpLane] = []
        self.sales_days = EnqueueSalesDay([one.id for one in settings.erp], settings.shop.name, settings.shop.zone())

    def start(self, holder: str, former: str | None) -> None:
        """Begin to bring documents. ``holder``: this start of this process; ``former``: the one before."""
        for account, connector in self._connectors.items():
            postings = RunPostings(
                storage=self._storage,
                clock=self._clock,
                place=self._place,
                account=account,
                connector=connector,
                holder=holder,
            )
            lane = ErpLane(postings, account=account)
            self._lanes.append(lane)
            lane.start(former)

    def stop(self, left_s: Callable[[], float]) -> None:
        """Stop the lanes, and let go of connections."""
        for lane in self._lanes:
            lane.stop(left_s)
        for connector in self._connectors.values():
            connector.close()
