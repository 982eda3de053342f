"""Our name of a call in ten characters, for fields that are too short for the name itself (also used by Caisse-AP)."""

import base64
import hashlib
import re

REFERENCE_CHARACTERS = 10
_FORM = re.compile(rf"[A-Z2-7]{{{REFERENCE_CHARACTERS}}}")


def short_reference(reference: str) -> str:
    """Return ten letters and digits (A-Z, 2-7) that stand for our name of a call: 50 bits of its SHA-256."""
    return base64.b32encode(hashlib.sha256(reference.encode()).digest())[:REFERENCE_CHARACTERS].decode("ascii")


def is_short_reference(text: str) -> bool:
    """Tell whether a text has the form of :func:`short_reference`."""
    return _FORM.fullmatch(text) is not None
