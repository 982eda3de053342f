"""The form of an address of mail, as far as a typing mistake can be told."""

import re

_FORM = re.compile(r"[^\s@<>,;:\"]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})+")


def is_mail_address(text: str) -> bool:
    """Return whether a text has the form of one address."""
    return bool(_FORM.fullmatch(text))
