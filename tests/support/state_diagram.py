"""Draws the states of a payment attempt from the tables of the domain, for the documentation."""

from __future__ import annotations

from gateway.domain.cards.payment import ALLOWED_EVIDENCE, FINAL_STATES, TRANSITIONS, AttemptState


def attempt_diagram() -> str:
    """Return the diagram in Mermaid's words; the evidence that suffices stands beside each event."""
    lines = ["stateDiagram-v2", f"    [*] --> {AttemptState.SENT}: intent committed"]
    for state, events in TRANSITIONS.items():
        if not events:
            continue
        lines.append(f"    note right of {state}: {', '.join(sorted(ALLOWED_EVIDENCE[state]))}")
        lines += [f"    {state} --> {target}: {event}" for event, target in events.items()]
    lines += [f"    {state} --> [*]" for state in sorted(FINAL_STATES)]
    return "\n".join(lines)
