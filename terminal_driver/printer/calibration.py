"""The page a shop prints once when a printer is set up: width, code page, styles and codes at a glance.

If the ruler wraps, the profile has too many columns; if the line of letters differs from the words beside it, the code
page number is wrong for this device. Anyone may import it.
"""

from terminal_driver.printer.document import Align, Barcode, Columns, Cut, Document, Element, Feed, QrCode, Rule, Text
from terminal_driver.printer.profile import PrinterProfile

# Letters and signs that misread when the printer uses another page than we think.
_SAMPLES = ("Ä Ö Ü ä ö ü ß", "é è ê ç à ñ å ø", "€ £ ¥ § °")


def calibration_page(profile: PrinterProfile) -> Document:
    """Return the calibration page for this profile."""
    ruler = "".join(str(column % 10) for column in range(1, profile.columns + 1))
    elements: tuple[Element, ...] = (
        Text("Printer test", Align.CENTRE, bold=True, double_width=True, double_height=True),
        Columns("Columns, dots", f"{profile.columns}, {profile.dots}"),
        Columns("Code page", f"{profile.code_page} = {profile.page_number}"),
        Columns("Status", profile.status),
        Rule(),
        Text(ruler),
        *(Text(sample) for sample in _SAMPLES),
        Text("Euro, as a picture: € \N{GREEK SMALL LETTER OMEGA}"),
        Rule(),
        Text("Bold", bold=True),
        Text("Double width", double_width=True),
        Text("Double height", double_height=True),
        Text("Right", Align.RIGHT),
        Feed(1),
        QrCode("printer test"),
        Barcode("TEST-1234"),
        Cut(),
    )
    return Document("calibration", elements)
