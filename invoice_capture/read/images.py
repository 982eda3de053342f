"""Pictures of one or many pages: JPEG, PNG, TIFF, HEIC; upright by what the camera noted, in grey or colour."""

from __future__ import annotations

import io
import struct
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from PIL import Image, ImageOps, ImageSequence

from invoice_capture.errors import NotAvailable, Refused
from invoice_capture.intake.limits import Limits

# What the decoders raise for broken data is not bounded by the library's documentation.
DECODER_ERRORS = (
    OSError,
    ValueError,
    TypeError,
    SyntaxError,
    LookupError,
    EOFError,
    ArithmeticError,
    AttributeError,
    RuntimeError,
    MemoryError,
    struct.error,
)
_FORMATS = {"jpeg": "JPEG", "png": "PNG", "tiff": "TIFF"}


@contextmanager
def open_image(data: bytes, kind: str, limits: Limits) -> Iterator[Image.Image]:
    """Open a picture after its size was looked at; nothing is decoded yet.

    Raises:
        Refused: `image_broken`, `too_many_pixels`.
        NotAvailable: `heic_not_installed`.
    """
    if kind == "heic":
        _allow_heic()
    with warnings.catch_warnings():
        # The library's own bound is far above ours, which is looked at below.
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        warnings.simplefilter("ignore", UserWarning)
        try:
            image = Image.open(io.BytesIO(data), formats=[_FORMATS.get(kind, "HEIF")])
        except Image.DecompressionBombError as error:
            raise _too_many_pixels("the picture has far", limits) from error
        except DECODER_ERRORS as error:
            raise _broken() from error
        with image:
            _look_at_size(image, limits)
            yield image


def pages_of_image(image: Image.Image, limits: Limits) -> Iterator[Image.Image]:
    """Yield the pages of an open picture, one in memory at a time.

    Raises:
        Refused: `image_broken`, `too_many_pixels`, `too_many_pages`.
    """
    number = 0
    frames = ImageSequence.Iterator(image)
    while True:
        try:
            frame = next(frames)
            number += 1
            if number > limits.pages_max:
                raise Refused("too_many_pages", f"the document has more than {limits.pages_max} pages")
            _look_at_size(frame, limits)
            page = _plain(frame)
        except StopIteration:
            return
        except DECODER_ERRORS as error:
            raise _broken() from error
        yield page


def _plain(frame: Image.Image) -> Image.Image:
    frame.load()
    upright = ImageOps.exif_transpose(frame)
    if upright.mode in {"RGBA", "LA", "PA"} or "transparency" in upright.info:
        paper = Image.new("RGB", upright.size, "white")
        layer = upright.convert("RGBA")
        paper.paste(layer, mask=layer.getchannel("A"))
        return paper
    if upright.mode.startswith("I"):
        # Sixteen bits a pixel: the upper eight are what a scanner means.
        return upright.convert("I").point(lambda value: value / 256).convert("L").convert("RGB")
    return upright.convert("RGB")


def _look_at_size(image: Image.Image, limits: Limits) -> None:
    width, height = image.size
    if width < 1 or height < 1:
        raise _broken()
    if width * height > limits.pixels_max:
        raise _too_many_pixels(f"a page has {width} x {height} pixels,", limits)


def _too_many_pixels(beginning: str, limits: Limits) -> Refused:
    message = f"{beginning} more pixels than the {limits.pixels_max} allowed"
    return Refused("too_many_pixels", message, "scan it with fewer dots per inch: 300 are plenty")


def _broken() -> Refused:
    return Refused("image_broken", "the picture is damaged or cut off", "ask for it again or scan it again")


def _allow_heic() -> None:
    try:
        from pi_heif import register_heif_opener
    except ImportError as error:
        hint = "pip install 'tillbridge[ocr]', or send the photo as JPEG"
        raise NotAvailable("heic_not_installed", "nothing here reads HEIC photos", hint) from error
    register_heif_opener()
