"""Settings of the ERPs that get documents."""

from pathlib import Path
from typing import Annotated

from pydantic import Field

from gateway.configuration.settings_section import Section

AT_ONCE = 2
"""One is written down while the other is on the line; more where an ERP is far away and bears it."""

FETCH_EVERY_MIN = 15


class ErpSettings(Section):
    """One ERP. `id`: names it, also at `/erp/v1`.

    `mapping`: the file that says how it is reached and what is called what there; empty when it fetches by itself.
    `at_once`: documents on their way to it at the same time.
    `fetch_every_min`: minutes between two looks at its suppliers and orders; 0: they are not fetched.
    `approver`: login of the person through whom its workflow approves invoices; empty: it approves nothing.
    """

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,31}$")]
    mapping: Path = Path()
    at_once: Annotated[int, Field(ge=1, le=16)] = AT_ONCE
    fetch_every_min: Annotated[int, Field(ge=0, le=1440)] = FETCH_EVERY_MIN
    approver: Annotated[str, Field(max_length=60)] = ""
