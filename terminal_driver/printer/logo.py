"""Turns a picture file of the shop into a logo of black dots that fits the paper.

Limits stand before decoding: a picture comes from a person's upload and may be anything.
"""

import io
from pathlib import Path

from PIL import Image, UnidentifiedImageError

from terminal_driver.errors import DriverError
from terminal_driver.printer.document import LOGO_ROWS_MAX, Logo

FILE_BYTES_MAX = 2_000_000
PIXELS_MAX = 8_000_000
FORMATS = ("PNG", "JPEG", "BMP", "GIF")


def load_logo(path: Path, *, dots: int) -> Logo:
    """Read a logo from a file.

    Args:
        path: PNG, JPEG, BMP or GIF of at most 2 MB and 8 million pixels.
        dots: printable dots per line; a wider picture is reduced to it.

    Raises:
        DriverError: `unreadable_logo`.
    """
    try:
        with path.open("rb") as file:
            data = file.read(FILE_BYTES_MAX + 1)
    except OSError as error:
        raise _unreadable(f"{path.name}: {error.strerror}") from error
    return logo_from(data, dots=dots)


def logo_from(data: bytes, *, dots: int) -> Logo:
    """Make a logo of a picture's bytes; transparent parts are white, greys become dots. See `load_logo`."""
    if len(data) > FILE_BYTES_MAX:
        message = f"the picture is larger than {FILE_BYTES_MAX // 1_000_000} MB"
        raise _unreadable(message)
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as picture:
            if picture.width * picture.height > PIXELS_MAX:
                message = f"the picture has more than {PIXELS_MAX // 1_000_000} million pixels"
                raise _unreadable(message)
            grey = _on_white(picture)
    except (OSError, UnidentifiedImageError, ValueError, SyntaxError, EOFError) as error:
        message = f"no picture of {', '.join(FORMATS)}"
        raise _unreadable(message) from error
    scale = min(1.0, dots / grey.width, LOGO_ROWS_MAX / grey.height)
    size = (max(1, int(grey.width * scale)), max(1, int(grey.height * scale)))
    black = grey.resize(size, Image.Resampling.LANCZOS).point([255 - shade for shade in range(256)]).convert("1")
    return Logo(black.width, black.height, black.tobytes())


def _on_white(picture: Image.Image) -> Image.Image:
    coloured = picture.convert("RGBA")
    white = Image.new("RGBA", coloured.size, (255, 255, 255, 255))
    return Image.alpha_composite(white, coloured).convert("L")


def _unreadable(message: str) -> DriverError:
    return DriverError("unreadable_logo", message, f"give a {', '.join(FORMATS)} of at most 2 MB")
