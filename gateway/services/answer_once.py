"""Runs what a request asks for once, however often the request comes, and tells its first answer again."""

from collections.abc import Callable
from datetime import datetime

from gateway.domain.access import Caller
from gateway.domain.errors import RuleError
from gateway.ports.unit_of_work import Storage, StoredAnswer, UnitOfWork
from gateway.services.first_answers import RequestKey, find_first_answer


def answer_once(
    storage: Storage,
    caller: Caller,
    request: RequestKey,
    work: Callable[[UnitOfWork], StoredAnswer],
    at: datetime,
) -> tuple[StoredAnswer, bool]:
    """Run ``work`` in one unit and keep its answer; a repeated request gets the first answer and does nothing.

    Returns:
        The answer, and whether it is a replay.

    Raises:
        IdempotencyConflict: ``key_reused``.
        GatewayError: what ``work`` raises; then nothing is stored.
    """
    replay = find_first_answer(storage, caller, request)
    if replay is not None:
        return replay, True

    def once(unit: UnitOfWork) -> StoredAnswer:
        answer = work(unit)
        unit.sales.keep_answer(caller.tenant_id, caller.store_id, answer, at)
        return answer

    try:
        return storage.write_retrying(once), False
    except RuleError:
        # The same request, sent twice at once: the other one has stored its answer.
        replay = find_first_answer(storage, caller, request)
        if replay is None:
            raise
        return replay, True
