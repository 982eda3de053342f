"""Errors every layer of the gateway speaks: a stable code, a message, and a hint that says what to do.

Declines and unknown outcomes are values, not errors (see :mod:`gateway.domain.cards.payment`).
"""


class GatewayError(Exception):
    """Base of all errors of the gateway.

    Attributes:
        code: stable snake_case name, documented and translatable.
        message: what happened, in one sentence.
        hint: what the reader can do about it.
    """

    def __init__(self, code: str, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint


class InputError(GatewayError):
    """What arrived is wrong (HTTP 400 or 422). ``pointer`` is a JSON pointer to the wrong part, if there is one."""

    def __init__(self, code: str, message: str, hint: str = "", pointer: str = "") -> None:
        super().__init__(code, message, hint)
        self.pointer = pointer


class NotFound(GatewayError):
    """The thing asked for does not exist for this caller (HTTP 404)."""


class Gone(GatewayError):
    """What was asked for was there, and is kept no longer (HTTP 410)."""


class RuleError(GatewayError):
    """A business rule says no (HTTP 409)."""


class IdempotencyConflict(GatewayError):
    """The same id or key came with another body (HTTP 422)."""


class NotPermitted(GatewayError):
    """The caller is known but may not do this (HTTP 403)."""


class NotSignedIn(GatewayError):
    """Nobody is signed in, or the credentials are wrong (HTTP 401)."""


class OperationalError(GatewayError):
    """The outside failed (HTTP 503). ``retryable`` says whether trying again can help."""

    def __init__(self, code: str, message: str, hint: str = "", *, retryable: bool = True) -> None:
        super().__init__(code, message, hint)
        self.retryable = retryable


class ConfigurationError(GatewayError):
    """The operator must act: a start is refused or a feature stays off."""
