"""Did money move? The judgement over a terminal's last result after a sale ended without a trustworthy answer.

A pure function over facts: what was asked for, the numbers known before it, and what the terminal says it holds now.
Anything that does not add up stays unknown; only a person or a total decides then.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from terminal_driver.engine import SaleRequest
from terminal_driver.outcome import Approved, Baseline, Declined, LastResult, NoAnswer, TransactionData

RECEIPT_NO_MAX = 9_999
TRACE_NO_MAX = 999_999
TURNOVER_NO_MAX = 999_999
CLOCK_TOLERANCE = timedelta(minutes=10)  # terminals set their clocks at diagnosis, once a day at best
SALE_DURATION_MAX = timedelta(minutes=30)  # several rounds of T4
_NUMBERS_AHEAD_MAX = 1_000  # further ahead it is no later number but an earlier one before the wrap


@dataclass(frozen=True, slots=True)
class NotCharged:
    """The terminal holds no sale newer than those known before: nothing was charged as far as the terminal knows."""

    reason: str
    data: TransactionData


@dataclass(frozen=True, slots=True)
class StillUnknown:
    """No proof either way. ``code``: stable snake_case word."""

    code: str
    reason: str
    data: TransactionData


Verdict = Approved | Declined | NotCharged | StillUnknown


def judge(
    request: SaleRequest,
    sent_at: datetime | None,
    last: LastResult | NoAnswer,
    *,
    clock_tolerance: timedelta = CLOCK_TOLERANCE,
) -> Verdict:
    """Compare the last result of the terminal with the sale whose outcome is unknown.

    Args:
        request: the sale, with the numbers known before it.
        sent_at: when the sale was sent, in the terminal's local time; None leaves the time out of the judgement.
        last: what the terminal answered to the question for its last result.
        clock_tolerance: how far the clock of the terminal may be off.

    Returns:
        ``Approved`` for a newer transaction of this amount with code 00 at this time; ``Declined`` for a newer one with
        another code; ``NotCharged`` when the terminal still holds the old one; else ``StillUnknown``.
    """
    if isinstance(last, NoAnswer):
        return StillUnknown("not_answered", last.reason, TransactionData())
    data = last.data
    if not last.held:
        return _nothing_held(request.baseline, data)
    ahead = _numbers_ahead(request.baseline, data)
    if not ahead:
        return StillUnknown("no_baseline", "no number was known before the sale that could be compared", data)
    if all(distance == 0 for distance in ahead):
        if data.amount_minor == request.amount_minor and _in_time(data, sent_at, timedelta(0)):
            # Numbers may begin anew after an end of day: the same number need not be the same transaction.
            return StillUnknown("old_number_new_time", "the old number, but made after the sale was sent", data)
        return NotCharged("the terminal holds no newer transaction", data)
    if any(distance is None or distance == 0 for distance in ahead):
        return StillUnknown("contradictory_numbers", "the numbers of the transaction do not fit those before it", data)
    return _newer(request, sent_at, last, clock_tolerance, steps=min(distance or 0 for distance in ahead))


def _newer(
    request: SaleRequest, sent_at: datetime | None, last: LastResult, clock_tolerance: timedelta, *, steps: int
) -> Verdict:
    """Judge a transaction that is newer than the numbers known before the sale."""
    data = last.data
    if data.amount_minor is None and data.code == "00":
        return StillUnknown("no_amount", "the terminal named no amount", data)
    if data.amount_minor not in (None, request.amount_minor):
        return StillUnknown("other_amount", "the newer transaction has another amount", data)
    if data.currency_numeric not in (None, request.currency_numeric):
        return StillUnknown("other_currency", "the newer transaction has another currency", data)
    in_time = _in_time(data, sent_at, clock_tolerance)
    if in_time is False:
        return StillUnknown("other_time", "the newer transaction was made at another time", data)
    if steps > 1 and in_time is None:
        return StillUnknown("several_since", "more than one transaction was made since, and no time tells which", data)
    if data.code is None:
        return StillUnknown("no_result_code", "the terminal named no result", data)
    if data.code != "00":
        return Declined(data.code, data.text or f"refused with result {data.code}", data, last.receipts)
    return Approved(data, last.receipts)


def _nothing_held(baseline: Baseline, data: TransactionData) -> Verdict:
    if any((baseline.receipt_no, baseline.trace_no, baseline.turnover_no)):
        return StillUnknown("nothing_held", "the terminal no longer holds the transaction known before", data)
    return NotCharged("the terminal holds no transaction", data)


def _numbers_ahead(baseline: Baseline, data: TransactionData) -> list[int | None]:
    """Return for each comparable number how far it went on, counting the wrap to 1; None when it went back."""
    pairs = (
        (baseline.receipt_no, data.receipt_no, RECEIPT_NO_MAX),
        (baseline.trace_no, data.trace_no, TRACE_NO_MAX),
        (baseline.turnover_no, data.turnover_no, TURNOVER_NO_MAX),
    )
    found: list[int | None] = []
    for before, now, highest in pairs:
        if before is None or now is None:
            continue
        distance = now - before
        if before == 0:
            # Nothing was held before, such as after the end of day, and counters go on from anywhere: any is newer.
            distance = min(distance, _NUMBERS_AHEAD_MAX)
        elif distance < 0 and max(before, now) <= highest:
            distance += highest
        found.append(distance if 0 <= distance <= _NUMBERS_AHEAD_MAX else None)
    return found


def _in_time(data: TransactionData, sent_at: datetime | None, clock_tolerance: timedelta) -> bool | None:
    """Tell whether the transaction falls into the time of the sale; None when either time is not known."""
    if sent_at is None or data.date_mmdd is None or data.time_hhmmss is None:
        return None
    for year in (sent_at.year, sent_at.year + 1, sent_at.year - 1):  # the terminal sends no year
        try:
            made_at = datetime.strptime(f"{year}{data.date_mmdd}{data.time_hhmmss}", "%Y%m%d%H%M%S")  # noqa: DTZ007 - local
        except ValueError:
            continue
        since = made_at - sent_at.replace(tzinfo=None)
        if -clock_tolerance <= since <= SALE_DURATION_MAX + clock_tolerance:
            return True
    return False
