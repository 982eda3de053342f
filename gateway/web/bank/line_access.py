"""How routes reach the use cases of statements."""

from gateway.web.bank.line_services import LineServices
from gateway.web.container import current


def lines() -> LineServices:
    """Return the use cases of this gateway."""
    return current().till.lines
