"""After a crash or a lost line: ask the terminal what became of an attempt, and record only what it proves."""

from collections.abc import Callable
from enum import StrEnum

from gateway.domain.payment import (
    Attempt,
    AttemptEvent,
    AttemptOutcome,
    AttemptState,
    Evidence,
    Payment,
    trusted,
)
from gateway.ports.terminal import SaleOrder, StillUnknown, TerminalDevice
from gateway.ports.unit_of_work import Lease, Storage
from gateway.services.conclude_attempt import ConcludeAttempt

ACTOR = "recovery"


class Recovery(StrEnum):
    """What asking brought."""

    SETTLED = "settled"
    OPEN_FOR_PERSON = "open_for_person"
    SILENT = "silent"


class RecoverAttempts:
    """Settles attempts in doubt by the terminal's own evidence."""

    def __init__(self, *, storage: Storage, conclude: ConcludeAttempt) -> None:
        self._storage = storage
        self._conclude = conclude

    def ask(
        self,
        device: TerminalDevice,
        payment: Payment,
        attempt: Attempt,
        lease: Lease,
        on_step: Callable[[str, str], None],
    ) -> Recovery:
        """Ask the terminal about one attempt and store the answer.

        Args:
            device: the terminal, owned by the calling thread.
            payment: the attempt's payment.
            attempt: in ``sent`` or ``unknown``.
            lease: this node's lease of the terminal.
            on_step: told each step in words, for the cashier's screen.
        """
        found = device.ask_outcome(SaleOrder(payment.amount, attempt.baseline, attempt.sent_at), on_step)
        if isinstance(found, AttemptOutcome):
            judged = trusted(found, payment.amount)
            if judged.event is not AttemptEvent.LOSE_ANSWER:
                if self._conclude.record(payment, attempt, judged, epoch=lease.epoch, actor=ACTOR) is None:
                    self._conclude.keep_late(payment, attempt, judged)
                return Recovery.SETTLED
            found = StillUnknown(True, judged.reason_code, judged.reason, judged.result)
        outcome = AttemptOutcome(
            event=AttemptEvent.LOSE_ANSWER,
            evidence=Evidence.LAST_RESULT,
            reason_code=found.reason_code,
            reason=found.reason,
            result=found.result,
            terminal_heard=found.heard,
        )
        if attempt.state is AttemptState.SENT:
            self._conclude.record(payment, attempt, outcome, epoch=lease.epoch, actor=ACTOR)
        elif found.heard:
            with self._storage.write() as unit:
                unit.payments.release_terminal(payment.tenant_id, payment.store_id, attempt.id, lease.epoch, outcome)
        return _what_remains(found)


def _what_remains(found: StillUnknown) -> Recovery:
    return Recovery.OPEN_FOR_PERSON if found.heard else Recovery.SILENT
