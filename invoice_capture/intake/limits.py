"""What a document may cost. A document that asks for more is refused with the name of the limit."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of one file.

    ``bytes_max``: of the file; ``unpacked_bytes_max``: of all that a ZIP or mail contains, together; ``files_max``:
    documents in a ZIP or mail; ``pages_max``: of one document; ``pixels_max``: of one page as a picture;
    ``seconds_max``: for the whole file, wall clock; ``memory_bytes_max``: of data of the reading process.
    """

    bytes_max: int = 32 * 1024 * 1024
    unpacked_bytes_max: int = 128 * 1024 * 1024
    files_max: int = 100
    pages_max: int = 200
    pixels_max: int = 60_000_000
    seconds_max: float = 300.0
    memory_bytes_max: int = 1_500_000_000
