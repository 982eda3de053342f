"""What waits for the systems outside: how much, how old, how much money it speaks of, and whether the till may go on.

A system is one place things are delivered to: a webhook endpoint, the mail server, later a bank or an ERP. Each has one
queue (the ``target`` of its messages in the outbox) and is worked by one node at a time.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import assert_never

from gateway.domain.ids import StoreId, TenantId
from gateway.domain.money import Money
from gateway.domain.outbox import TRIES_MAX, OutboxMessage, OutboxState, backoff_s

WEBHOOK = "webhook"
MAIL = "mail"
KINDS = (WEBHOOK, MAIL)
"""Kinds of outbox messages that leave the shop; each is the kind of its system, too."""

AWAY_BACKOFF_MAX_S = 900


def away_backoff_s(tries: int) -> int:
    """Return the seconds a system that is away is left alone after ``tries`` failures in a row: 1, 2, 4 ... 900."""
    return min(1 << min(max(tries, 1) - 1, 10), AWAY_BACKOFF_MAX_S)


@dataclass(frozen=True, slots=True)
class OutwardSystem:
    """How one system fares. ``tries``: failures in a row; ``failing_since``: when the first of them was.

    ``paused_until``: nothing is sent before; ``last_words``: what it said last, in words.
    """

    tenant_id: TenantId
    store_id: StoreId
    target: str
    kind: str
    tries: int = 0
    failing_since: datetime | None = None
    paused_until: datetime | None = None
    last_success_at: datetime | None = None
    last_words: str = ""


class Answer(StrEnum):
    """What came of one try to hand a message over."""

    TAKEN = "taken"
    REFUSED = "refused"
    """this message is not wanted as it is; others may be"""
    IMPOSSIBLE = "impossible"
    """this message can never be handed over"""
    AWAY = "away"
    """the receiver cannot take anything now"""
    GONE = "gone"
    """the receiver never wants anything again"""


@dataclass(frozen=True, slots=True)
class Handed:
    """What came of one try, in words. ``retry_after_s``: what the receiver asked for, None when it did not."""

    answer: Answer
    words: str
    retry_after_s: int | None = None


@dataclass(frozen=True, slots=True)
class Patience:
    """How long is tried. ``message_s``: seconds until a message is given up; ``system_s``: until a system is."""

    message_s: int = 72 * 3600
    system_s: int = 120 * 3600


@dataclass(frozen=True, slots=True)
class AfterTry:
    """Message and system after one try. ``disable``: why nothing more is sent there, empty when things go on."""

    message: OutboxMessage
    system: OutwardSystem
    disable: str = ""


def after_try(
    message: OutboxMessage, system: OutwardSystem, handed: Handed, now: datetime, patience: Patience
) -> AfterTry:
    """Return what follows from one try.

    A system that is away is left alone for a while, so that its messages keep their order. A message that is refused
    steps aside and does not hold up the others. Both are given up in the end, and wait for a person.
    """
    tried = replace(message, tries=message.tries + 1, due_at=None, note=handed.words)
    too_old = (now - message.created_at).total_seconds() > patience.message_s
    match handed.answer:
        case Answer.TAKEN:
            heard = _heard(system, handed.words)
            return AfterTry(replace(tried, state=OutboxState.DONE), replace(heard, last_success_at=now))
        case Answer.REFUSED:
            if too_old or tried.tries >= TRIES_MAX:
                return AfterTry(_dead(tried), _heard(system, handed.words))
            wait_s = max(backoff_s(tried.tries), handed.retry_after_s or 0)
            waits = replace(tried, state=OutboxState.READY, due_at=now + timedelta(seconds=wait_s))
            return AfterTry(waits, _heard(system, handed.words))
        case Answer.IMPOSSIBLE:
            return AfterTry(replace(tried, state=OutboxState.DEAD), _heard(system, handed.words))
        case Answer.AWAY:
            since = system.failing_since or now
            wait_s = max(away_backoff_s(system.tries + 1), handed.retry_after_s or 0)
            away = replace(
                system,
                tries=system.tries + 1,
                failing_since=since,
                paused_until=now + timedelta(seconds=wait_s),
                last_words=handed.words,
            )
            kept = _dead(tried) if too_old else replace(tried, state=OutboxState.READY)
            for_good = (now - since).total_seconds() > patience.system_s
            return AfterTry(kept, away, handed.words if for_good else "")
        case Answer.GONE:
            return AfterTry(_dead(tried), replace(system, last_words=handed.words), handed.words)
        case _:
            assert_never(handed.answer)


def _heard(system: OutwardSystem, words: str) -> OutwardSystem:
    return replace(system, tries=0, failing_since=None, paused_until=None, last_words=words)


def _dead(message: OutboxMessage) -> OutboxMessage:
    return replace(message, state=OutboxState.DEAD, note=f"Given up at try {message.tries}: {message.note}")


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits for one system. ``amounts``: the sum for each currency, where messages speak of money."""

    target: str
    number: int = 0
    oldest_at: datetime | None = None
    dead: int = 0
    amounts: tuple[Money, ...] = ()


class AtLimit(StrEnum):
    """What happens at a limit."""

    WARN = "warn"
    STOP = "stop"


@dataclass(frozen=True, slots=True)
class WaitingLimits:
    """How much may wait for a kind of system. None or empty: no limit. ``age_s``: seconds of the oldest."""

    at_limit: AtLimit = AtLimit.WARN
    number: int | None = None
    age_s: int | None = None
    amounts: tuple[Money, ...] = ()


class Crossed(StrEnum):
    """Which limit was crossed."""

    NUMBER = "number"
    AGE = "age"
    AMOUNT = "amount"


@dataclass(frozen=True, slots=True)
class Pressure:
    """One system that has more waiting than it should. ``crossed``: every limit crossed, in the order of the enum."""

    target: str
    kind: str
    at_limit: AtLimit
    crossed: tuple[Crossed, ...]
    waiting: Waiting


@dataclass(frozen=True, slots=True)
class GoOn:
    """Whether the till may take another sale, and why not, or what it should know."""

    allowed: bool = True
    pressures: tuple[Pressure, ...] = field(default=())


def crossed_by(waiting: Waiting, limits: WaitingLimits, now: datetime) -> tuple[Crossed, ...]:
    """Return which limits are crossed; what waits exactly at a limit has not crossed it."""
    found = []
    if limits.number is not None and waiting.number > limits.number:
        found.append(Crossed.NUMBER)
    age_s = 0.0 if waiting.oldest_at is None else (now - waiting.oldest_at).total_seconds()
    if limits.age_s is not None and age_s > limits.age_s:
        found.append(Crossed.AGE)
    most = {limit.currency: limit.minor for limit in limits.amounts}
    if any(sum_.currency in most and sum_.minor > most[sum_.currency] for sum_ in waiting.amounts):
        found.append(Crossed.AMOUNT)
    return tuple(found)
