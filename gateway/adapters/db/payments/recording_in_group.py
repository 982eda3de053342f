"""The two commits of a sale on SQLite: sales that meet are stored by one thread, as one unit of the group commit.

They would share the commit anyway; this way they share the turn at the one writing connection, too, instead of handing
it from thread to thread. A unit in which a statement fails stores nothing, and each of its sales goes the ordinary way
by itself.
"""

from collections.abc import Callable, Sequence
from typing import Any

from gateway.adapters.db.column_types import WIRES
from gateway.adapters.db.combining import Combiner, More
from gateway.adapters.db.direct_postgresql import NotRun
from gateway.adapters.db.group_commit import GroupCommit
from gateway.adapters.db.payments.recording import (
    conclude_sqlite,
    conclusion_parameters,
    intent_parameters,
    store_sqlite,
)
from gateway.adapters.db.payments.recording_together import failures
from gateway.adapters.db.statements import Statements
from gateway.domain.cards.payment import TransactionNumbers
from gateway.domain.errors import GatewayError
from gateway.ports.payment_store import Conclusion, Intent

_WIRE = WIRES["sqlite"]
_Store = Callable[[Statements], Sequence[Any] | None]


class RecordingInGroup:
    """Stores intents of new sales and conclusions; each is durable on return."""

    def __init__(self, writer: GroupCommit, *, together_max: int) -> None:
        """``together_max``: sales of one unit at most; 1 lets each go by itself."""
        self._writer = writer
        self._alone = together_max == 1
        self._line: Combiner[_Store, Sequence[Any] | None] = Combiner(
            self._store,
            # There is one writer: a second lane would only wait for it.
            lanes_max=1,
            together_max=together_max,
        )

    def intent(self, intent: Intent) -> tuple[int, TransactionNumbers] | None:
        """Store the intent of a new sale; None where only the ordinary way can tell what is in the way.

        Returns:
            The lease epoch and the terminal's last numbers that were stored with the attempt.

        Raises:
            GatewayError: as ``recording.record_intent`` and ``GroupCommit.unit``.
        """
        if intent.sale is None:
            return None
        parameters = intent_parameters(intent, _WIRE)
        try:
            row = self._run(lambda statements: store_sqlite(statements, intent, parameters, new_sale=True))
        except NotRun:
            return None
        if row is None:
            return None
        epoch, receipt_no, trace_no, turnover_no = row
        return epoch, TransactionNumbers(receipt_no, trace_no, turnover_no)

    def conclusion(self, conclusion: Conclusion) -> int | None:
        """Store a conclusion under its fence; return the journal line's sequence, or None where nothing was stored.

        Raises:
            GatewayError: as ``GroupCommit.unit``.
            NotRun: nothing is stored, the ordinary way may work.
        """
        parameters = conclusion_parameters(conclusion, _WIRE)

        def store(statements: Statements) -> Sequence[Any] | None:
            sequence = conclude_sqlite(statements, conclusion, parameters)
            return None if sequence is None else (sequence,)

        row = self._run(store)
        return None if row is None else int(row[0])

    def _run(self, store: _Store) -> Sequence[Any] | None:
        # Inside a unit of this thread we would wait for a leader who waits for us.
        self._writer.check_outside()
        if not self._alone:
            return self._line.run(store, kind=None, claims=frozenset())
        with self._writer.unit() as statements:
            return store(statements)

    def _store(self, stores: Sequence[_Store], more: More[_Store]) -> Sequence[Sequence[Any] | Exception | None]:
        stored: list[Sequence[Any] | None] = []
        try:
            with self._writer.unit() as statements:
                while stores:
                    stored += [store(statements) for store in stores]
                    # Who came meanwhile shares the commit, which takes longer than all the rest.
                    stores = more()
                statements.units = len(stored)
        except (GatewayError, ValueError, OverflowError) as error:  # the latter: a value sqlite3 cannot hand over
            return [error] if len(stored) + len(stores) == 1 else failures(error, len(stored) + len(stores))
        return stored
