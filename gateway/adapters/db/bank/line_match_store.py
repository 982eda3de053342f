"""Explanations of statement lines in SQL."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import bindparam, delete, insert, or_, select, update

from gateway.adapters.db.bank.statement_rows import line_of, match_of, match_row
from gateway.adapters.db.bank.statement_store import here
from gateway.adapters.db.bank.statement_tables import line_match, statement_line
from gateway.adapters.db.statements import Statements
from gateway.domain.bank.bank_statement import StatementLine, StatementLineId
from gateway.domain.bank.line_match import LineMatch, MatchId, MatchState
from gateway.domain.ids import StoreId, TenantId

_IDS_AT_ONCE = 500
_CERTAIN_MAX = 20_000

_DROP_SUGGESTION = delete(line_match).where(
    *here(line_match),
    line_match.c.match_id == bindparam("of_match"),
    # No IN: its list is expanded when it is executed, which many rows at once do not allow.
    or_(line_match.c.state == MatchState.SUGGESTED.value, line_match.c.state == MatchState.SUPERSEDED.value),
)
_LOAD = select(line_match).where(*here(line_match), line_match.c.match_id == bindparam("of_match"))
_OF_LINES = (
    select(line_match)
    .where(*here(line_match), line_match.c.line_id.in_(bindparam("ids", expanding=True)))
    .order_by(line_match.c.line_id, line_match.c.made_at.desc(), line_match.c.rank, line_match.c.match_id)
)
_UPDATE = (
    update(line_match)
    .where(*here(line_match), line_match.c.match_id == bindparam("of_match"), line_match.c.version == bindparam("was"))
    .values(
        state=bindparam("to_state"),
        decided_by=bindparam("by"),
        decided_at=bindparam("at", type_=line_match.c.decided_at.type),
        note=bindparam("words"),
        version=line_match.c.version + 1,
    )
)
_SUPERSEDE = (
    update(line_match)
    .where(
        *here(line_match),
        line_match.c.line_id == bindparam("of_line"),
        line_match.c.state == MatchState.SUGGESTED.value,
    )
    .values(state=MatchState.SUPERSEDED.value, version=line_match.c.version + 1)
)
_WITH_LINE = line_match.join(
    statement_line,
    (statement_line.c.tenant_id == line_match.c.tenant_id)
    & (statement_line.c.store_id == line_match.c.store_id)
    & (statement_line.c.line_id == line_match.c.line_id),
)
_ACCEPTED = (
    select(line_match)
    .select_from(_WITH_LINE)
    .where(
        *here(line_match),
        line_match.c.state == MatchState.ACCEPTED.value,
        statement_line.c.account == bindparam("of_account"),
        statement_line.c.booked_on >= bindparam("since"),
    )
    .order_by(statement_line.c.booked_on.desc(), statement_line.c.line_id.desc())
    .limit(bindparam("most"))
)
_LINES = select(statement_line).where(
    *here(statement_line), statement_line.c.line_id.in_(bindparam("ids", expanding=True))
)
_AWAITING = (
    select(line_match)
    .where(*here(line_match), line_match.c.state == MatchState.AWAITING.value)
    .order_by(line_match.c.made_at, line_match.c.match_id)
    .limit(_IDS_AT_ONCE)
)


class SqlLineMatchStore:
    """Explanations; see ``LineMatchStore``."""

    __slots__ = ("_statements",)

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    def add(self, tenant_id: TenantId, store_id: StoreId, matches: Sequence[LineMatch]) -> None:
        """Store explanations; one whose id is there is stored again as given when it is still a suggestion."""
        if not matches:
            return
        place = {"tenant": tenant_id, "store": store_id}
        self._statements.change_many(_DROP_SUGGESTION, [{**place, "of_match": one.id} for one in matches])
        rows = [{"tenant_id": tenant_id, "store_id": store_id, **match_row(one)} for one in matches]
        self._statements.change_many(insert(line_match), rows)

    def load(self, tenant_id: TenantId, store_id: StoreId, match_id: MatchId) -> LineMatch | None:
        """Return one explanation."""
        row = self._statements.first(_LOAD, {"tenant": tenant_id, "store": store_id, "of_match": match_id})
        return None if row is None else match_of(row)

    def of_lines(
        self, tenant_id: TenantId, store_id: StoreId, line_ids: Sequence[StatementLineId]
    ) -> tuple[LineMatch, ...]:
        """Return the explanations of lines, newest choices first by line and rank."""
        found: list[LineMatch] = []
        for first in range(0, len(line_ids), _IDS_AT_ONCE):
            ids = list(line_ids[first : first + _IDS_AT_ONCE])
            rows = self._statements.rows(_OF_LINES, {"tenant": tenant_id, "store": store_id, "ids": ids})
            found += [match_of(row) for row in rows]
        return tuple(found)

    def update(self, tenant_id: TenantId, store_id: StoreId, match: LineMatch) -> bool:
        """Store an explanation that was loaded at the version before; False when it has changed since."""
        row = match_row(match)
        wish = {
            "tenant": tenant_id,
            "store": store_id,
            "of_match": match.id,
            "was": match.version - 1,
            "to_state": row["state"],
            "by": row["decided_by"],
            "at": row["decided_at"],
            "words": row["note"],
        }
        return self._statements.change(_UPDATE, wish) == 1

    def supersede(self, tenant_id: TenantId, store_id: StoreId, line_ids: Sequence[StatementLineId]) -> None:
        """Put aside the open suggestions of lines."""
        place = {"tenant": tenant_id, "store": store_id}
        self._statements.change_many(_SUPERSEDE, [{**place, "of_line": one} for one in line_ids])

    def certain(
        self, tenant_id: TenantId, store_id: StoreId, *, account: str | None, through: date | None
    ) -> tuple[LineMatch, ...]:
        """Return open suggestions that the engine is certain of, by line."""
        statement = (
            select(line_match)
            .select_from(_WITH_LINE)
            .where(*here(line_match), line_match.c.state == MatchState.SUGGESTED.value, line_match.c.certain)
            .order_by(statement_line.c.booked_on, line_match.c.line_id)
            .limit(_CERTAIN_MAX)
        )
        if account is not None:
            statement = statement.where(statement_line.c.account == account)
        if through is not None:
            statement = statement.where(statement_line.c.booked_on <= through.isoformat())
        return tuple(
            match_of(row) for row in self._statements.rows(statement, {"tenant": tenant_id, "store": store_id})
        )

    def accepted(
        self, tenant_id: TenantId, store_id: StoreId, *, account: str, since: date, limit: int
    ) -> tuple[tuple[StatementLine, LineMatch], ...]:
        """Return explained lines of an account with what explains them, in the order of booking."""
        place = {"tenant": tenant_id, "store": store_id}
        wish = {**place, "of_account": account, "since": since.isoformat(), "most": limit}
        matches = [match_of(row) for row in self._statements.rows(_ACCEPTED, wish)]
        lines: dict[StatementLineId, StatementLine] = {}
        ids = [one.line_id for one in matches]
        for first in range(0, len(ids), _IDS_AT_ONCE):
            for row in self._statements.rows(_LINES, {**place, "ids": ids[first : first + _IDS_AT_ONCE]}):
                line = line_of(row)
                lines[line.id] = line
        return tuple((lines[one.line_id], one) for one in reversed(matches))

    def awaiting(self, tenant_id: TenantId, store_id: StoreId) -> tuple[LineMatch, ...]:
        """Return write-offs that wait for a second person."""
        rows = self._statements.rows(_AWAITING, {"tenant": tenant_id, "store": store_id})
        return tuple(match_of(row) for row in rows)
