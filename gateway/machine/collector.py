"""When Python looks for garbage that refers to itself."""

import gc

YOUNG_MAX = 100_000
"""New objects between two looks. Python's own 700 fit a script; a payment run makes millions that all stay until it is
stored, and looking through them again and again took a fifth of its time."""
ROUNDS = (20, 20)
"""Looks at the young after which those that stayed are looked at, too, and so on."""


def hold_collector() -> None:
    """Look for no garbage until `calm_collector`: nearly all that a start builds stays; looking took a sixth."""
    gc.disable()


def calm_collector() -> None:
    """Look for garbage seldom, and never again at what the process has built by now, such as code and routes.

    Call once, when everything is started. What refers to nothing in a circle is freed at once, as ever.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG_MAX, *ROUNDS)
    gc.enable()
