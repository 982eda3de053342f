"""How states of payables look: word, colour and shape together."""

from collections.abc import Mapping
from dataclasses import dataclass

from gateway.domain.payables.payable import PayableState


@dataclass(frozen=True, slots=True)
class Face:
    """``tone``: a class of the style sheet, or empty; ``icon``: a name of the sprite."""

    tone: str
    icon: str


PAYABLE_FACES: Mapping[PayableState, Face] = {
    PayableState.VALIDATED: Face("", "clock"),
    PayableState.DUPLICATE_SUSPECT: Face("stop", "triangle-alert"),
    PayableState.EXCEPTION: Face("stop", "triangle-alert"),
    PayableState.MATCHED: Face("wait", "hourglass"),
    PayableState.APPROVED: Face("ok", "check"),
    PayableState.SCHEDULED: Face("run", "clock"),
    PayableState.IN_RUN: Face("run", "check"),
    PayableState.SENT: Face("run", "upload"),
    PayableState.ACCEPTED: Face("run", "landmark"),
    PayableState.EXECUTED: Face("run", "landmark"),
    PayableState.SETTLED: Face("ok", "circle-check"),
    PayableState.RECONCILED: Face("ok", "circle-check"),
    PayableState.RETURNED: Face("stop", "undo-2"),
    PayableState.PART_PAID: Face("wait", "split"),
    PayableState.REJECTED: Face("", "circle-x"),
    PayableState.CANCELLED: Face("", "circle-slash"),
}
