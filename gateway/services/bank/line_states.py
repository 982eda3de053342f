"""What every use case over statement lines needs: places, refusals, how a line changes hands."""

from dataclasses import replace
from datetime import datetime

from gateway.domain.access import Caller
from gateway.domain.bank.bank_statement import LineState, StatementLine, StatementLineId
from gateway.domain.bank.line_match import LineMatch, MatchId
from gateway.domain.errors import NotFound, RuleError
from gateway.domain.ids import StoreId, TenantId
from gateway.ports.statement_store import LineEvent
from gateway.ports.unit_of_work import UnitOfWork

ENGINE = "engine"
Place = tuple[TenantId, StoreId]


def place_of(caller: Caller) -> Place:
    """Return tenant and store of a caller."""
    return caller.tenant_id, caller.store_id


def changed_meanwhile() -> RuleError:
    """Return the error for something that another person or the engine changed in between."""
    return RuleError("changed_meanwhile", "Somebody else has changed this meanwhile.", "Look at it again.")


def item_taken() -> RuleError:
    """Return the error for an item that another line has settled."""
    hint = "Look at the line that settled it, or choose another item."
    return RuleError("item_taken", "Of this item there is not so much left.", hint)


def line_for_change(unit: UnitOfWork, place: Place, line_id: StatementLineId, version: int | None) -> StatementLine:
    """Return a line and hold it until the unit ends.

    Args:
        unit: the transaction.
        place: whose.
        line_id: which.
        version: as the person saw it, None where that does not matter.

    Raises:
        NotFound: ``unknown_line``.
        RuleError: ``changed_meanwhile``.
    """
    line = unit.bank_statements.line(*place, line_id, lock=True)
    if line is None:
        raise NotFound("unknown_line", "There is no such line.", "Look at the list of lines.")
    if version is not None and line.version != version:
        raise changed_meanwhile()
    return line


def match_of(unit: UnitOfWork, place: Place, match_id: MatchId, version: int | None) -> LineMatch:
    """Return an explanation; its line must be held already.

    Raises:
        NotFound: ``unknown_match``.
        RuleError: ``changed_meanwhile``.
    """
    match = unit.line_matches.load(*place, match_id)
    if match is None:
        raise NotFound("unknown_match", "There is no such explanation.", "Look at the line.")
    if version is not None and match.version != version:
        raise changed_meanwhile()
    return match


def moved(unit: UnitOfWork, place: Place, line: StatementLine, state: LineState) -> StatementLine:
    """Store the state of a line.

    Raises:
        RuleError: ``changed_meanwhile``.
    """
    changed = unit.bank_statements.set_state(*place, line, state)
    if changed is None:
        raise changed_meanwhile()
    return changed


def concluded(unit: UnitOfWork, place: Place, match: LineMatch) -> LineMatch:
    """Store what was decided over an explanation; return it as it stands now.

    Raises:
        RuleError: ``changed_meanwhile``.
    """
    changed = replace(match, version=match.version + 1)
    if not unit.line_matches.update(*place, changed):
        raise changed_meanwhile()
    return changed


def tell(
    unit: UnitOfWork,
    place: Place,
    line_id: StatementLineId,
    kind: str,
    *,
    actor: str,
    at: datetime,
    match_id: MatchId | None = None,
    reason: str = "",
) -> None:
    """Add to the journal of a line."""
    unit.bank_statements.tell(*place, (LineEvent(line_id, match_id, kind, actor, at, reason),))


def held_match(
    unit: UnitOfWork, place: Place, match_id: MatchId, version: int | None
) -> tuple[StatementLine, LineMatch]:
    """Hold the line of an explanation; return both.

    Raises:
        NotFound: ``unknown_match``.
        RuleError: ``changed_meanwhile``.
    """
    line = line_for_change(unit, place, match_of(unit, place, match_id, None).line_id, None)
    return line, match_of(unit, place, match_id, version)
