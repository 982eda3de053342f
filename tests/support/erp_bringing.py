"""What a runner does with one document: look, put, and after an unknown look before anything else."""

from __future__ import annotations

from gateway.domain.erp.failure import PASSING, Effect, ErpFailure, FailureCode
from gateway.domain.erp.put_result import FoundState, PutState
from gateway.ports.erp import ErpConnector, ErpDocument, hints_of

_ROUNDS_MAX = 40
_ENDED = {FailureCode.NOT_AUTHORISED}
"""An access that ended is one of the faults."""
_OF_READS = {FailureCode.NO_ANSWER, FailureCode.ANSWER_NOT_UNDERSTOOD, FailureCode.SERVER_ERROR}
"""A look without an answer has no effect, and is taken again."""


def brought(connector: ErpConnector, document: ErpDocument) -> bool:
    """Bring a document in, however many calls go wrong; return whether it is there."""
    for _ in range(_ROUNDS_MAX):
        try:
            found = connector.find(document.kind, document.key, hints_of(document))
            if found is not None and found.state is FoundState.POSTED:
                return True
            if connector.put(document).state in (PutState.POSTED, PutState.DUPLICATE):
                return True
        except ErpFailure as failure:
            if failure.effect is not Effect.UNKNOWN and failure.failure not in PASSING | _ENDED | _OF_READS:
                raise
    return False
