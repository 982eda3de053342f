"""Rules for lines without an open item: charges, interest, rent; and what people have taught the engine."""

import unicodedata
import uuid
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType

from gateway.domain.bank.bank_statement import LineFacts
from gateway.domain.money import Money

LineRuleId = NewType("LineRuleId", uuid.UUID)


class Direction(StrEnum):
    """Which lines a rule looks at."""

    IN = "in"
    OUT = "out"
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class LineRule:
    """Books lines with certain words to an account of the books.

    ``words``: all must stand in name or text, whatever their case and accents; ``amount_max``: larger lines are left
    to a person; ``learned``: proposed from what people did, and consented to.
    """

    id: LineRuleId
    name: str
    words: tuple[str, ...]
    direction: Direction
    amount_max: Money | None
    account_code: str
    learned: bool
    active: bool
    consented_by: str
    made_at: datetime

    def fits(self, facts: LineFacts) -> bool:
        """Whether the rule books this line."""
        way = Direction.OUT if facts.amount.minor < 0 else Direction.IN
        if not self.active or not self.words or self.direction not in (way, Direction.BOTH):
            return False
        limit = self.amount_max
        if limit is not None and (limit.currency != facts.amount.currency or abs(facts.amount.minor) > limit.minor):
            return False
        said = _plain(f"{facts.counterparty} {facts.text}")
        return all(_plain(word) in said for word in self.words)


def _plain(text: str) -> str:
    marks_apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(sign for sign in marks_apart if not unicodedata.combining(sign))
