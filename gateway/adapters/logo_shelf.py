"""Pictures that stand above receipts, in a folder of the data folder, named by what they hold."""

import hashlib
import io
import re
from pathlib import Path

from PIL import Image, ImageOps

from gateway.domain.errors import InputError, OperationalError
from terminal_driver.errors import DriverError
from terminal_driver.printer.document import Logo
from terminal_driver.printer.logo import load_logo, logo_from

DOTS = {80: 576, 58: 384}
_NAME = re.compile(r"[0-9a-f]{32}\.png")


class LogoShelfFolder:
    """See ``LogoShelf``."""

    def __init__(self, folder: Path) -> None:
        """``folder``: made when the first picture is kept."""
        self._folder = folder

    def keep(self, picture: bytes) -> str:
        """Check and keep a picture as the black dots it is printed in; return its name."""
        try:
            logo = logo_from(picture, dots=max(DOTS.values()))
        except DriverError as error:
            hint = "Send a PNG or JPEG picture of at most 2 MB, best black on white."
            raise InputError("unreadable_logo", f"The picture cannot be used: {error}.", hint, "/picture") from error
        data = _png(logo)
        name = f"{hashlib.sha256(data).hexdigest()[:32]}.png"
        path, draft = self._folder / name, self._folder / f"{name}.new"
        try:
            self._folder.mkdir(mode=0o700, exist_ok=True)
            draft.write_bytes(data)
            draft.replace(path)
        except OSError as error:
            hint = "The operator has to make room in the data folder, or give the gateway the right to write there."
            message = f"The data folder cannot be written to: {error.strerror}."
            raise OperationalError("cannot_be_saved", message, hint) from error
        return name

    def preview(self, name: str, *, width_mm: int) -> bytes | None:
        """Return a kept picture as the printer draws it, as PNG; None if there is none of this name."""
        if not _NAME.fullmatch(name):
            return None
        try:
            return _png(load_logo(self._folder / name, dots=DOTS[width_mm]))
        except DriverError:
            return None

    def names(self) -> tuple[str, ...]:
        """Return what is kept."""
        if not self._folder.is_dir():
            return ()
        return tuple(sorted(path.name for path in self._folder.iterdir() if _NAME.fullmatch(path.name)))


def _png(logo: Logo) -> bytes:
    # In the printer's data 1 is black, in a picture 0.
    picture = ImageOps.invert(Image.frombytes("1", (logo.dots, logo.rows), logo.data).convert("L")).convert("1")
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()
