"""Where statements, their lines, explanations, open items, rules and what was learned are kept."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol

from gateway.domain.bank.bank_statement import (
    BankStatement,
    ContentKey,
    LineState,
    StatementId,
    StatementLine,
    StatementLineId,
)
from gateway.domain.bank.line_match import LineMatch, MatchId
from gateway.domain.bank.line_rule import LineRule, LineRuleId
from gateway.domain.bank.open_item import ItemSource, OpenItemId, StoredItem
from gateway.domain.ids import StoreId, TenantId
from gateway.domain.money import Money

LINES_PAGE_MAX = 500
ITEMS_FOUND_MAX = 200


@dataclass(frozen=True, slots=True)
class LineWish:
    """Which lines. ``find``: words in name or text, or an amount; ``after``: the last line of the page before."""

    account: str | None = None
    states: tuple[LineState, ...] = ()
    from_day: date | None = None
    to_day: date | None = None
    find: str = ""
    after: StatementLineId | None = None
    limit: int = 100


@dataclass(frozen=True, slots=True)
class LineCount:
    """Lines of one account and state, with their sum."""

    account: str
    state: LineState
    number: int
    amount: Money


@dataclass(frozen=True, slots=True)
class LineEvent:
    """One line of a line's journal. ``kind``: such as ``matched``, ``undone``, ``divided``."""

    line_id: StatementLineId
    match_id: MatchId | None
    kind: str
    actor: str
    at: datetime
    reason: str = ""


class StatementStore(Protocol):
    """Statements and their lines; every call names tenant and store."""

    def add(self, tenant_id: TenantId, store_id: StoreId, statement: BankStatement) -> bool:
        """Store a statement; False, and nothing stored, when it is there."""

    def load(self, tenant_id: TenantId, store_id: StoreId, statement_id: StatementId) -> BankStatement | None:
        """Return one statement."""

    def list(
        self, tenant_id: TenantId, store_id: StoreId, *, account: str | None, before: StatementId | None, limit: int
    ) -> tuple[BankStatement, ...]:
        """Return statements, the last day first; of one account, or of all."""

    def decide(self, tenant_id: TenantId, store_id: StoreId, statement: BankStatement) -> bool:
        """Store what a person decided over a held statement; False when it is held no longer."""

    def accounts(self, tenant_id: TenantId, store_id: StoreId) -> tuple[tuple[str, str], ...]:
        """Return name and currency of each account that has a statement."""

    def known_keys(
        self, tenant_id: TenantId, store_id: StoreId, account_key: str, days: Sequence[date]
    ) -> Mapping[ContentKey, StatementLineId]:
        """Return the keys of lines of an account booked on these days, with their lines."""

    def add_lines(self, tenant_id: TenantId, store_id: StoreId, lines: Sequence[StatementLine]) -> None:
        """Store lines."""

    def line(
        self, tenant_id: TenantId, store_id: StoreId, line_id: StatementLineId, *, lock: bool = False
    ) -> StatementLine | None:
        """Return one line. ``lock``: nobody else changes it in this unit of work."""

    def lines_of(self, tenant_id: TenantId, store_id: StoreId, statement_id: StatementId) -> tuple[StatementLine, ...]:
        """Return the lines of a statement in their order, parts after their line."""

    def lines(self, tenant_id: TenantId, store_id: StoreId, wish: LineWish) -> tuple[StatementLine, ...]:
        """Return lines, the last booked first."""

    def counts(
        self, tenant_id: TenantId, store_id: StoreId, *, account: str | None, from_day: date | None, to_day: date | None
    ) -> tuple[LineCount, ...]:
        """Return how many lines there are by account and state; divided ones and their parts count once."""

    def set_state(
        self, tenant_id: TenantId, store_id: StoreId, line: StatementLine, state: LineState
    ) -> StatementLine | None:
        """Store the state of a line as it was loaded; None when it has changed since."""

    def forget_keys(self, tenant_id: TenantId, store_id: StoreId, statement_id: StatementId) -> None:
        """Know the lines of a refused statement no longer: the bank may tell them again."""

    def drop_parts(self, tenant_id: TenantId, store_id: StoreId, line_id: StatementLineId) -> None:
        """Forget the parts of a line, none of which is explained."""

    def tell(self, tenant_id: TenantId, store_id: StoreId, events: Iterable[LineEvent]) -> None:
        """Add to the journals of lines."""

    def events(self, tenant_id: TenantId, store_id: StoreId, line_id: StatementLineId) -> tuple[LineEvent, ...]:
        """Return the journal of a line, oldest first."""


class LineMatchStore(Protocol):
    """Explanations of lines; every call names tenant and store."""

    def add(self, tenant_id: TenantId, store_id: StoreId, matches: Sequence[LineMatch]) -> None:
        """Store explanations; one whose id is there is stored again as given when it is still a suggestion."""

    def load(self, tenant_id: TenantId, store_id: StoreId, match_id: MatchId) -> LineMatch | None:
        """Return one explanation."""

    def of_lines(
        self, tenant_id: TenantId, store_id: StoreId, line_ids: Sequence[StatementLineId]
    ) -> tuple[LineMatch, ...]:
        """Return the explanations of lines, newest choices first by line and rank."""

    def update(self, tenant_id: TenantId, store_id: StoreId, match: LineMatch) -> bool:
        """Store an explanation that was loaded at the version before; False when it has changed since."""

    def supersede(self, tenant_id: TenantId, store_id: StoreId, line_ids: Sequence[StatementLineId]) -> None:
        """Put aside the open suggestions of lines."""

    def certain(
        self, tenant_id: TenantId, store_id: StoreId, *, account: str | None, through: date | None
    ) -> tuple[LineMatch, ...]:
        """Return open suggestions that the engine is certain of, by line."""

    def accepted(
        self, tenant_id: TenantId, store_id: StoreId, *, account: str, since: date, limit: int
    ) -> tuple[tuple[StatementLine, LineMatch], ...]:
        """Return explained lines of an account with what explains them, in the order of booking."""

    def awaiting(self, tenant_id: TenantId, store_id: StoreId) -> tuple[LineMatch, ...]:
        """Return write-offs that wait for a second person."""


class OpenItemStore(Protocol):
    """Open items; every call names tenant and store."""

    def put(self, tenant_id: TenantId, store_id: StoreId, items: Sequence[StoredItem]) -> int:
        """Store items that are not there, and what may change of the others (words, dates); return how many are new.

        Amount and what is left of an item that is there stay as they are.
        """

    def load(
        self, tenant_id: TenantId, store_id: StoreId, item_ids: Sequence[OpenItemId]
    ) -> Mapping[OpenItemId, StoredItem]:
        """Return items by id; unknown ones are left out."""

    def open_items(self, tenant_id: TenantId, store_id: StoreId, limit: int) -> tuple[StoredItem, ...]:
        """Return what may still be settled, the oldest first."""

    def find(self, tenant_id: TenantId, store_id: StoreId, words: str, limit: int) -> tuple[StoredItem, ...]:
        """Return open items whose document, order, customer, reference or name holds the words, or of this amount."""

    def consume(self, tenant_id: TenantId, store_id: StoreId, item_id: OpenItemId, amount: Money) -> bool:
        """Take so much of what is left of an item; a return gives back. False when it has not so much left."""

    def close(self, tenant_id: TenantId, store_id: StoreId, item_ids: Sequence[OpenItemId], at: datetime) -> None:
        """Note that items are no longer to be settled by a bank line."""

    def ids_of(self, tenant_id: TenantId, store_id: StoreId, source: ItemSource) -> frozenset[OpenItemId]:
        """Return the ids of open items of a source that nothing has been taken of."""


class ReconciliationStore(Protocol):
    """Rules, what was learned, and descriptions of tables; every call names tenant and store."""

    def memory(self, tenant_id: TenantId, store_id: StoreId, *, lock: bool = False) -> Mapping[str, Any]:
        """Return what was learned as a document, empty at first. ``lock``: nobody else changes it meanwhile."""

    def set_memory(self, tenant_id: TenantId, store_id: StoreId, document: Mapping[str, Any], at: datetime) -> None:
        """Store what was learned."""

    def rules(self, tenant_id: TenantId, store_id: StoreId) -> tuple[LineRule, ...]:
        """Return all rules, newest first."""

    def put_rule(self, tenant_id: TenantId, store_id: StoreId, rule: LineRule) -> None:
        """Store a rule, or what changed of it."""

    def rule(self, tenant_id: TenantId, store_id: StoreId, rule_id: LineRuleId) -> LineRule | None:
        """Return one rule."""

    def descriptions(self, tenant_id: TenantId, store_id: StoreId) -> tuple[tuple[str, str], ...]:
        """Return name and text of the described tables that people have confirmed."""

    def put_description(
        self, tenant_id: TenantId, store_id: StoreId, name: str, text: str, *, by: str, at: datetime
    ) -> None:
        """Store a description of a table."""


__all__ = [
    "ITEMS_FOUND_MAX",
    "LINES_PAGE_MAX",
    "LineCount",
    "LineEvent",
    "LineMatchStore",
    "LineWish",
    "OpenItemStore",
    "ReconciliationStore",
    "StatementStore",
]
