"""A node's lane of matching as a process, for tests that kill it. Arguments: URL, name, former name.

It writes a line whenever it tells how far it is, about once for each line it keeps, and one at the end of a run.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import closing

from gateway.adapters.db.unit_of_work import SqlStorage
from gateway.domain.bank.matching_run import MatchingRun
from gateway.jobs.matching_lane import MatchingLane
from gateway.services.bank.match_lines import MatchProgress
from gateway.services.bank.matching_runs import MatchingRuns
from tests.support.statement_desk import StatementDesk
from tests.support.still_parts import MovingClock

STOPS_WITHIN_S = 60.0
KEEPS, ENDED = "keeps", "ended"


class _TellingRuns(MatchingRuns):
    def work(self, run: MatchingRun, holder: str, told: Callable[[MatchProgress], None]) -> None:
        def telling(at: MatchProgress) -> None:
            sys.stdout.write(f"{KEEPS}\n")
            sys.stdout.flush()
            told(at)

        super().work(run, holder, telling)
        sys.stdout.write(f"{ENDED}\n")
        sys.stdout.flush()


def main() -> None:
    """Match until the parent closes our standard input, or kills us."""
    url, name, former = sys.argv[1:4]
    with closing(SqlStorage(url, MovingClock())) as storage:
        desk = StatementDesk(storage, automatic=True)
        tenant_id, store_id = desk.place
        runs = _TellingRuns(storage=storage, clock=desk.clock, match=desk.match, tenant_id=tenant_id, store_id=store_id)
        lane = MatchingLane(runs, holder=name, poll_s=1.0)
        lane.start(former or None)
        sys.stdin.read()
        lane.stop(lambda: STOPS_WITHIN_S)


if __name__ == "__main__":
    main()
