"""Where runs of matching are kept: one that waits and one that is worked for each store, at most."""

from datetime import datetime
from typing import Protocol

from gateway.domain.bank.matching_run import MatchingRun, MatchingRunId
from gateway.domain.ids import StoreId, TenantId


class MatchingRunStore(Protocol):
    """Runs; every call but ``release`` names tenant and store."""

    def ask(self, tenant_id: TenantId, store_id: StoreId, run: MatchingRun) -> MatchingRun:
        """Store a run that waits, or join the one that does; return the one that waits now.

        Joined for another account, it looks at all of them.
        """

    def take(self, tenant_id: TenantId, store_id: StoreId, holder: str, lease_s: int) -> MatchingRun | None:
        """Hold the run whose holder has died, else the one that waits; None while another is worked."""

    def hold(self, tenant_id: TenantId, store_id: StoreId, run: MatchingRun, holder: str, lease_s: int) -> bool:
        """Extend the lease and store how far the run is; False when another has it."""

    def finish(self, tenant_id: TenantId, store_id: StoreId, run: MatchingRun, holder: str) -> bool:
        """Store the end of a run; False when another has it."""

    def release(self, holder: str) -> int:
        """Let the leases of a holder run out now; return how many there were."""

    def load(self, tenant_id: TenantId, store_id: StoreId, run_id: MatchingRunId) -> MatchingRun | None:
        """Return one run."""

    def latest(self, tenant_id: TenantId, store_id: StoreId) -> MatchingRun | None:
        """Return the run that is worked, else the one asked for last."""

    def forget(self, tenant_id: TenantId, store_id: StoreId, before: datetime) -> int:
        """Drop the runs that ended before; return how many."""
