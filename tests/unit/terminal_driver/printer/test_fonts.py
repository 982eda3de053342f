"""Which font draws a character, also on a machine whose fonts are odd."""

from pathlib import Path

import pytest

from terminal_driver.printer import fonts
from terminal_driver.printer.fonts import base_font_path, font_for, load_font


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A machine with no fonts but those the test puts there."""
    monkeypatch.setattr(fonts, "fallback_font_paths", lambda: tuple(sorted(tmp_path.iterdir())))
    font_for.cache_clear()
    return tmp_path


@pytest.fixture(autouse=True)
def forget() -> None:
    font_for.cache_clear()


@pytest.mark.parametrize("character", ["A", "€", "Ω", "Ж", "ä", "ﻼ", "₪"])
def test_font_when_western_greek_cyrillic_or_arabic_then_the_one_that_comes_along(
    character: str, machine: Path
) -> None:
    font = font_for(character, 20)

    assert list(machine.iterdir()) == []
    assert font is not None
    assert font.path == str(base_font_path())


def test_font_when_no_font_has_the_character_then_none(machine: Path) -> None:
    assert list(machine.iterdir()) == []
    assert font_for("緑", 20) is None
    assert font_for("e\N{COMBINING ENCLOSING KEYCAP}\U0003fffd", 20) is None


def test_font_when_a_file_of_the_machine_cannot_be_used_then_the_others_are_asked(machine: Path) -> None:
    (machine / "broken.ttf").write_bytes(b"no font at all")

    assert load_font(machine / "broken.ttf", 20) is None
    assert font_for("緑", 20) is None
    assert font_for("A", 20) is not None


@pytest.mark.parametrize(("size", "fitting"), [(9, 16), (16, 16), (21, 16), (33, 32)])
def test_font_when_drawn_in_squares_then_whole_multiples_only(size: int, fitting: int) -> None:
    assert fonts._fitting_size(Path("unifont_upper.otf"), size) == fitting
    assert fonts._fitting_size(Path("DejaVuSans.ttf"), size) == size
