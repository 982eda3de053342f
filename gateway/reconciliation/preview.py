"""What a change of the memory would have done to lines that people have decided, before it acts on any other.

`adopt` takes a change in only where it posts nothing otherwise than people did: on what was decided, learning never
raises the number of wrong postings.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gateway.reconciliation.memory import Memory, Said, learn
from gateway.reconciliation.reconciler import Reconciler
from gateway.reconciliation.records import BankLine, Contracts, ItemId, LineId, OpenItem, Settings


@dataclass(frozen=True, slots=True)
class Decided:
    """Lines that people have decided, with the items as they were open before.

    ``settled``: the items that each line settled, empty where it was left open.
    """

    items: Sequence[OpenItem]
    lines: Sequence[BankLine]
    settled: Mapping[LineId, frozenset[ItemId]]
    contracts: Contracts | None = None
    settings: Settings | None = None


@dataclass(frozen=True, slots=True)
class Preview:
    """Lines that the change makes the engine post, by whether people decided the same, and those it posts no more."""

    right: tuple[LineId, ...]
    wrong: tuple[LineId, ...]
    no_longer: tuple[LineId, ...]


def preview(memory: Memory, change: Said, history: Decided) -> Preview:
    """Return what the change would have done on history. Nothing is changed."""
    return compare(memory, learn(memory, change), history)


def compare(old: Memory, other: Memory, history: Decided) -> Preview:
    """Return what another memory would have done on history otherwise than the old one."""
    before, after = _posted(old, history), _posted(other, history)
    new = [line for line, items in after.items() if before.get(line) != items]
    return Preview(
        right=tuple(line for line in new if after[line] == history.settled.get(line)),
        wrong=tuple(line for line in new if after[line] != history.settled.get(line)),
        no_longer=tuple(line for line in before if line not in after),
    )


def adopt(memory: Memory, change: Said, history: Decided) -> Memory:
    """Return the memory with the change, or as it was where the change would have posted something wrong."""
    return memory if preview(memory, change, history).wrong else learn(memory, change)


def _posted(memory: Memory, history: Decided) -> dict[LineId, frozenset[ItemId]]:
    engine = Reconciler(history.items, history.contracts, history.settings, memory)
    answers = engine.explain(history.lines)
    return {answer.line: frozenset(one.item for one in answer.applied) for answer in answers if answer.certain}
