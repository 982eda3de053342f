"""Did money move? The judgement over a terminal's last result after an operation ended without a trustworthy answer.

A pure function over facts: what was asked for, the numbers known before it, and what the terminal says it holds now.
Anything that does not add up stays unknown; only a person or a total decides then. A second evidence is the difference
between the totals (06 10) before and after, count and sum of the scheme: it is not judged here, since nobody can know
whether the totals before were read after the last transaction from the keypad. See docs/adr/0010.
"""

from datetime import datetime, timedelta

from terminal_driver.operations import BookTip, CancelReservation, MoneyOperation, Reversal, SaleRequest
from terminal_driver.outcome import (
    Approved,
    Baseline,
    Declined,
    LastResult,
    NoAnswer,
    NotCharged,
    StillUnknown,
    TransactionData,
    Verdict,
)
from terminal_driver.zvt.proof import ProofKind, check, undoes

RECEIPT_NO_MAX = 9_999
TRACE_NO_MAX = 999_999
TURNOVER_NO_MAX = 999_999
CLOCK_TOLERANCE = timedelta(minutes=10)  # terminals set their clocks at diagnosis, once a day at best
SALE_DURATION_MAX = timedelta(minutes=30)  # several rounds of T4
_NUMBERS_AHEAD_MAX = 1_000  # further ahead it is no later number but an earlier one before the wrap


def judge(
    request: MoneyOperation,
    sent_at: datetime | None,
    last: LastResult | NoAnswer,
    *,
    clock_tolerance: timedelta = CLOCK_TOLERANCE,
) -> Verdict:
    """Compare the last result of the terminal with the operation whose outcome is unknown.

    Args:
        request: the operation, with the numbers known before it.
        sent_at: when it was sent, in the terminal's local time; None leaves the time out of the judgement.
        last: what the terminal answered to the question for its last result.
        clock_tolerance: how far the clock of the terminal may be off.

    Returns:
        ``Approved`` for a newer transaction that fits, with code 00 at this time; ``Declined`` for a newer one with
        another code; ``NotCharged`` when the terminal still holds the old one; else ``StillUnknown``. A reversal is
        ``Approved`` only when the transaction names the trace number of what was to be undone.
    """
    if isinstance(last, NoAnswer):
        return StillUnknown("not_answered", last.reason, TransactionData())
    data = last.data
    if not last.held:
        return _nothing_held(request.baseline, data)
    if isinstance(request, Reversal | CancelReservation) and data.original_trace_no:
        return _undone(request, sent_at, last, clock_tolerance)
    ahead = _numbers_ahead(request.baseline, data)
    if not ahead:
        return StillUnknown("no_baseline", "no number was known before the sale that could be compared", data)
    if all(distance == 0 for distance in ahead):
        return _unchanged(request, sent_at, data, clock_tolerance)
    if any(distance is None or distance == 0 for distance in ahead):
        return StillUnknown("contradictory_numbers", "the numbers of the transaction do not fit those before it", data)
    return _newer(request, sent_at, last, clock_tolerance, steps=min(distance or 0 for distance in ahead))


def _unchanged(
    request: MoneyOperation, sent_at: datetime | None, data: TransactionData, clock_tolerance: timedelta
) -> Verdict:
    """Judge a transaction that has the numbers known before the operation."""
    if data.amount_minor == request.amount_minor and _in_time(data, sent_at, timedelta(0)):
        # Numbers may begin anew after an end of day: the same number need not be the same transaction.
        return StillUnknown("old_number_new_time", "the old number, but made after the sale was sent", data)
    if _surely_later(data, sent_at, clock_tolerance):
        # So this is not the transaction known before: the numbers began anew, and ours may be among those in between.
        return StillUnknown("old_number_new_time", "the old number, but made after the sale was sent", data)
    if isinstance(request, BookTip):
        # A tip may be added to the sale in its place, without a number of its own.
        return StillUnknown("tip_not_told", "the terminal names the sale, but not whether the tip was added", data)
    return NotCharged("the terminal holds no newer transaction", data)


def _newer(
    request: MoneyOperation, sent_at: datetime | None, last: LastResult, clock_tolerance: timedelta, *, steps: int
) -> Verdict:
    """Judge a transaction that is newer than the numbers known before the operation."""
    data = last.data
    if (stranger := _another(request, data)) is not None:
        return stranger
    in_time = _in_time(data, sent_at, clock_tolerance)
    if in_time is False:
        return StillUnknown("other_time", "the newer transaction was made at another time", data)
    other = isinstance(request, SaleRequest) and data.amount_minor not in (None, request.amount_minor)
    if in_time is None and (steps > 1 or other):
        words = "more than one transaction was made since, or one of another amount, and no time tells which"
        return StillUnknown("several_since", words, data)
    if data.code is None:
        return StillUnknown("no_result_code", "the terminal named no result", data)
    if data.code != "00":
        return Declined(data.code, data.text or f"refused with result {data.code}", data, last.receipts)
    if isinstance(request, Reversal | CancelReservation):
        # The same amount again may be another sale: only the trace number of what was undone is proof.
        return StillUnknown("not_shown_as_reversal", "the newer transaction does not name what it undid", data)
    return Approved(data, last.receipts)


def _another(request: MoneyOperation, data: TransactionData) -> StillUnknown | None:
    """Say why a newer transaction is not the one in question; None when nothing speaks against it."""
    if data.code == "00":
        if data.amount_minor is None:
            return StillUnknown("no_amount", "the terminal named no amount", data)
        proof = check(request, data)
        if proof.kind is not ProofKind.PROVEN:
            return StillUnknown(proof.code, f"the newer transaction is another one: {proof.reason}", data)
        return None
    if data.amount_minor not in (None, request.amount_minor):
        return StillUnknown("other_amount", "the newer transaction has another amount", data)
    if data.currency_numeric not in (None, request.currency_numeric):
        return StillUnknown("other_currency", "the newer transaction has another currency", data)
    return None


def _undone(
    request: Reversal | CancelReservation, sent_at: datetime | None, last: LastResult, clock_tolerance: timedelta
) -> Verdict:
    """Judge a last transaction that is itself a reversal; it may stand under the number of what it undid."""
    data = last.data
    if _in_time(data, sent_at, clock_tolerance) is False:
        return StillUnknown("other_time", "the terminal's last reversal was made at another time", data)
    if data.code is None:
        return StillUnknown("no_result_code", "the terminal named no result", data)
    if not undoes(request, data):
        return StillUnknown("another_reversed", "the terminal's last reversal names another transaction", data)
    if data.code != "00":
        return Declined(data.code, data.text or f"refused with result {data.code}", data, last.receipts)
    proof = check(request, data)
    if proof.kind is not ProofKind.PROVEN:
        return StillUnknown(proof.code, proof.reason, data)
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
    since = _since(data, sent_at)
    return since is not None and -clock_tolerance <= since <= SALE_DURATION_MAX + clock_tolerance


def _surely_later(data: TransactionData, sent_at: datetime | None, clock_tolerance: timedelta) -> bool:
    """Tell whether the transaction was made after the sale was sent, however wrong the terminal's clock may be."""
    since = _since(data, sent_at)
    return since is not None and since > clock_tolerance


def _since(data: TransactionData, sent_at: datetime | None) -> timedelta | None:
    """Return how long after the sale was sent the transaction was made; None without two times that can be read.

    The terminal sends no year: the one that brings the two closest together is meant.
    """
    if sent_at is None or data.date_mmdd is None or data.time_hhmmss is None:
        return None
    found: list[timedelta] = []
    for year in (sent_at.year - 1, sent_at.year, sent_at.year + 1):
        try:
            made_at = datetime.strptime(f"{year}{data.date_mmdd}{data.time_hhmmss}", "%Y%m%d%H%M%S")  # noqa: DTZ007 - local
        except ValueError:
            continue
        found.append(made_at - sent_at.replace(tzinfo=None))
    return min(found, key=abs, default=None)
