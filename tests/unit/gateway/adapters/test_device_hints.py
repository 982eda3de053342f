"""Hints reach the lane of their device on this node, and nothing happens for a device of another node."""

from __future__ import annotations

from dataclasses import dataclass, field

from gateway.adapters.device_hints import NodeHints
from gateway.domain.ids import AttemptId, DeviceId
from gateway.ports.terminal import TerminalSilent
from tests.support.web_shop import new_id


@dataclass
class _Lane:
    woken: int = 0
    cancelled: list[AttemptId] = field(default_factory=list)

    def wake(self) -> None:
        self.woken += 1

    def cancel(self, attempt_id: AttemptId) -> None:
        self.cancelled.append(attempt_id)

    def held_reservations(self, timeout_s: float) -> tuple[int, ...] | TerminalSilent:
        assert timeout_s > 0
        return (17,)


def test_hints_reach_the_lane_they_are_for() -> None:
    hints, terminal, other, printer = NodeHints(), _Lane(), _Lane(), _Lane()
    hints.add_terminal(DeviceId("terminal-1"), terminal)
    hints.add_terminal(DeviceId("terminal-2"), other)
    hints.add_printer(DeviceId("printer-1"), printer)
    attempt_id = AttemptId(new_id())

    hints.payment_sent(DeviceId("terminal-1"), attempt_id)
    hints.terminal_asked(DeviceId("terminal-1"))
    hints.cancel_requested(DeviceId("terminal-1"), attempt_id)
    hints.outbox_filled("printer-1")

    assert (terminal.woken, terminal.cancelled) == (2, [attempt_id])
    assert (other.woken, other.cancelled) == (0, [])
    assert printer.woken == 1


def test_hints_for_a_device_of_another_node_do_nothing() -> None:
    hints, lane = NodeHints(), _Lane()
    hints.add_terminal(DeviceId("terminal-1"), lane)

    hints.payment_sent(DeviceId("elsewhere"), new_id())
    hints.terminal_asked(DeviceId("elsewhere"))
    hints.cancel_requested(DeviceId("elsewhere"), new_id())
    hints.outbox_filled("terminal-1")

    assert (lane.woken, lane.cancelled) == (0, [])


def test_list_of_reservations_is_asked_of_the_lane_that_owns_the_terminal() -> None:
    hints = NodeHints()
    hints.add_terminal(DeviceId("terminal-1"), _Lane())

    assert hints.held_reservations(DeviceId("terminal-1")) == (17,)
