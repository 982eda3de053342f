"""Routes and screens of bank statements, settlement with acquirers and the cash view."""
