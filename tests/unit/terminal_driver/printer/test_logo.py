"""A logo out of a picture file, whatever is handed over."""

import io
from pathlib import Path

import pytest
from PIL import Image

from terminal_driver.errors import DriverError
from terminal_driver.printer import logo as logo_module
from terminal_driver.printer.document import Align, Logo
from terminal_driver.printer.logo import load_logo, logo_from


def picture(width: int, height: int, colour: object = (0, 0, 0, 255), *, form: str = "PNG") -> bytes:
    target = io.BytesIO()
    image = Image.new("RGBA", (width, height), colour)  # type: ignore[arg-type]  # a colour as Pillow takes it
    (image if form == "PNG" else image.convert("RGB")).save(target, format=form)
    return target.getvalue()


@pytest.mark.parametrize("form", ["PNG", "JPEG", "BMP", "GIF"])
def test_logo_when_black_then_every_dot_is_set(form: str) -> None:
    logo = logo_from(picture(16, 4, form=form), dots=576)

    assert logo == Logo(16, 4, b"\xff\xff" * 4, Align.CENTRE)


def test_logo_when_transparent_then_white() -> None:
    assert logo_from(picture(8, 2, (0, 0, 0, 0)), dots=576).data == b"\x00\x00"


def test_logo_when_grey_then_about_half_of_the_dots() -> None:
    logo = logo_from(picture(64, 64, (128, 128, 128, 255)), dots=576)

    assert 0.4 < sum(byte.bit_count() for byte in logo.data) / 64 / 64 < 0.6


@pytest.mark.parametrize(("width", "height", "size"), [(1152, 100, (576, 50)), (100, 1600, (50, 800)), (1, 1, (1, 1))])
def test_logo_when_larger_than_paper_then_reduced_in_proportion(width: int, height: int, size: tuple[int, int]) -> None:
    logo = logo_from(picture(width, height), dots=576)

    assert (logo.dots, logo.rows) == size


def test_logo_when_in_a_file_then_read(tmp_path: Path) -> None:
    path = tmp_path / "logo.png"
    path.write_bytes(picture(8, 8))

    assert load_logo(path, dots=384).rows == 8


@pytest.mark.parametrize("data", [b"", b"no picture", picture(20, 20)[:60], b"%PDF-1.4", b"x" * 2_000_001])
def test_logo_when_not_a_picture_then_refused(data: bytes) -> None:
    with pytest.raises(DriverError) as refused:
        logo_from(data, dots=576)

    assert refused.value.code == "unreadable_logo"


def test_logo_when_too_many_pixels_then_refused_before_they_are_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logo_module, "PIXELS_MAX", 100)

    with pytest.raises(DriverError, match="million pixels"):
        logo_from(picture(11, 10), dots=576)


def test_logo_when_file_is_missing_then_refused(tmp_path: Path) -> None:
    with pytest.raises(DriverError, match=r"logo\.png"):
        load_logo(tmp_path / "logo.png", dots=576)


@pytest.mark.parametrize(("dots", "rows", "size"), [(0, 1, 0), (8, 0, 0), (1025, 1, 129), (8, 801, 801), (8, 2, 1)])
def test_logo_when_figures_do_not_fit_then_refused(dots: int, rows: int, size: int) -> None:
    with pytest.raises(ValueError, match="dots"):
        Logo(dots, rows, b"\x00" * size)
