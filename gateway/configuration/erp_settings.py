"""Settings of the ERPs that get documents."""

from pathlib import Path
from typing import Annotated

from pydantic import Field

from gateway.configuration.settings_section import Section


class ErpSettings(Section):
    """One ERP. `id`: names it, also at `/erp/v1`.

    `mapping`: the file that says how it is reached and what is called what there; empty when it fetches by itself.
    """

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,31}$")]
    mapping: Path = Path()
