"""Use cases of bank statements, what explains their lines, settlement with acquirers, and the cash view."""
