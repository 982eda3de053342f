"""The two commits of a sale on PostgreSQL: one statement each, and one statement for several sales that meet.

What a statement costs on the server (its start, its constraints, its commit) is then paid once for all of them. They
share a transaction only as long as nothing is in the way of any: a statement that fails stores nothing, and each of its
sales goes the ordinary way by itself, which can name the reason.
"""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass

from gateway.adapters.db.column_types import WIRES
from gateway.adapters.db.combining import Combiner, More
from gateway.adapters.db.direct_postgresql import DirectConnections, DirectStatement, NotRun, Row
from gateway.adapters.db.group_commit import commit_in_doubt
from gateway.adapters.db.payments import recording_sql as sql
from gateway.adapters.db.payments.recording import conclusion_parameters, intent_parameters, outbox_document
from gateway.adapters.db.statements import database_unavailable
from gateway.domain.cards.payment import TransactionNumbers
from gateway.domain.errors import GatewayError
from gateway.ports.payment_store import Conclusion, Intent

_WIRE = WIRES["postgresql"]
_SHARED: Mapping[str, Callable[[], Exception]] = {
    "commit_in_doubt": commit_in_doubt,
    "database_unavailable": database_unavailable,
}
"""Errors of a whole statement that say the same of each of its sales, by code."""


@dataclass(frozen=True, slots=True)
class _Sale:
    """Half a sale to store. ``values``: encoded for ``statement``; ``terminal_id``: orders the rows of a statement."""

    statement: DirectStatement
    values: list[bytes | None]
    terminal_id: str


class RecordingTogether:
    """Stores intents of new sales and conclusions; each is durable on return."""

    def __init__(self, connections: DirectConnections, count_commit: Callable[[int], None]) -> None:
        """``count_commit``: told of each commit how many units it stored."""
        self._connections = connections
        self._count_commit = count_commit
        self._line: Combiner[_Sale, Row | None] = Combiner(self._store)

    def intent(self, intent: Intent) -> tuple[int, TransactionNumbers] | None:
        """Store the intent of a new sale; None where only the ordinary way can tell what is in the way.

        Returns:
            The lease epoch and the terminal's last numbers that were stored with the attempt.

        Raises:
            GatewayError: as ``recording.record_intent`` and ``DirectConnections.run``.
        """
        if intent.sale is None or intent.payment is None:
            return None
        statement = sql.DIRECT_INTENT[intent.answer is not None]
        values = statement.encode(intent_parameters(intent, _WIRE))
        terminal_id = intent.attempt.terminal_id
        place = (intent.tenant_id, intent.store_id)
        try:
            row = self._run(
                _Sale(statement, values, terminal_id), {(*place, "sale", intent.sale.id), (*place, terminal_id)}
            )
        except NotRun:
            return None
        if row is None:
            return None
        epoch, receipt_no, trace_no, turnover_no = row
        return int(epoch or 0), TransactionNumbers(receipt_no, trace_no, turnover_no)

    def conclusion(self, conclusion: Conclusion) -> int | None:
        """Store a conclusion under its fence; return the journal line's sequence, or None where nothing was stored.

        Raises:
            GatewayError: as ``DirectConnections.run``.
            NotRun: nothing is stored, the ordinary way may work.
        """
        statement = sql.DIRECT_CONCLUSION
        parameters = conclusion_parameters(conclusion, _WIRE)
        parameters["outbox"] = outbox_document(conclusion)
        terminal_id = conclusion.terminal_id
        place = (conclusion.tenant_id, conclusion.store_id)
        row = self._run(
            _Sale(statement, statement.encode(parameters), terminal_id),
            {(*place, "attempt", conclusion.attempt_id), (*place, terminal_id)},
        )
        return None if row is None else row[0]

    def _run(self, half: _Sale, claims: set[Hashable]) -> Row | None:
        # Without a form for many nothing goes with it: a kind of its own.
        kind: Hashable = half.statement if half.statement.together is not None else object()
        return self._line.run(half, kind=kind, claims=frozenset(claims))

    def _store(self, halves: Sequence[_Sale], _more: More[_Sale]) -> Sequence[Row | Exception | None]:
        """Store halves of one kind in one statement."""
        statement = halves[0].statement
        if len(halves) == 1 or statement.together is None:
            return [self._store_alone(halves[0])]
        # One order on every node, so that two statements that want the same rows do not wait for each other.
        order = sorted(range(len(halves)), key=lambda place: halves[place].terminal_id)
        try:
            rows = self._connections.run(statement.together, statement.join([halves[place].values for place in order]))
        except (GatewayError, NotRun) as error:
            return failures(error, len(halves))
        self._count_commit(len(halves))
        outcomes: list[Row | Exception | None] = [None] * len(halves)
        for number, *rest in rows:
            if number is not None:
                outcomes[order[number - 1]] = tuple(rest)
        return outcomes

    def _store_alone(self, half: _Sale) -> Row | Exception | None:
        try:
            rows = self._connections.run(half.statement.alone, half.values)
        except (GatewayError, NotRun) as error:
            return error
        self._count_commit(1)
        return rows[0] if rows else None


def failures(error: Exception, count: int) -> list[Exception]:
    """Return what the failure of a whole statement means for each of its sales: mostly, to go the ordinary way."""
    code = error.code if isinstance(error, GatewayError) else ""
    return [_SHARED.get(code, NotRun)() for _ in range(count)]
