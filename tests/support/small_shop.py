"""Settings of a small shop, as a file of settings would give them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from gateway.configuration.settings import Settings
from gateway.web.container import RegisterFace


def small_shop(tenant: str, store: str, registers: Iterable[RegisterFace], **sections: Any) -> Settings:
    """Return the settings of a shop with these tills and their devices; ``sections`` are further tables."""
    faces = tuple(registers)
    terminals = [face.terminal_id for face in faces if face.terminal_id]
    printers = [face.printer_id for face in faces if face.printer_id]
    return Settings.model_validate(
        {
            "shop": {"tenant": tenant, "store": store, "name": "Corner Shop", "address": ["Main Street 1"]},
            "terminals": [{"id": one, "name": f"Terminal {one}", "transport": "virtual:memory"} for one in terminals],
            "printers": [{"id": one, "name": "Printer", "transport": "virtual:memory"} for one in printers],
            "registers": [
                {"id": face.id, "name": face.name}
                | ({"terminal": face.terminal_id} if face.terminal_id else {})
                | ({"printer": face.printer_id} if face.printer_id else {})
                for face in faces
            ],
        }
        | sections
    )
