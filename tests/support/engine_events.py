"""What an engine has told, taken from its queue."""

from terminal_driver.engine import Engine, EngineEvent, Finished


def taken_events(engine: Engine) -> list[EngineEvent]:
    """Take all events that wait."""
    found: list[EngineEvent] = []
    while (event := engine.next_event()) is not None:
        found.append(event)
    return found


def only_result(events: list[EngineEvent]) -> object:
    """Return the result of the one command that ended."""
    ends = [event.result for event in events if isinstance(event, Finished)]
    assert len(ends) == 1
    return ends[0]
