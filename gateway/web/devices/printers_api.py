"""Setting printers up and looking after their papers, over the API."""

import base64
import binascii
import uuid
from typing import Annotated, Any, Literal

from flask import Response
from flask_openapi3.models.tag import Tag
from pydantic import BeforeValidator, Field

from gateway.domain.access import Permission
from gateway.domain.errors import InputError
from gateway.domain.ids import DeviceId, RegisterId
from gateway.domain.printing.printer_setup import KitchenRoute, PrinterMakeUp, PrinterSetup, PrinterWish
from gateway.web.answer_shapes import GivenDelivery, _Given
from gateway.web.api import PERSON, answers, raw
from gateway.web.auth import caller, requires
from gateway.web.container import current
from gateway.web.described_api import APIBlueprint
from gateway.web.free_text import Name
from gateway.web.payments.payment_answers import delivery_document, to_json
from gateway.web.request_shapes import ClientId, DeviceName, _Asked

api = APIBlueprint("printers", __name__, url_prefix="/v1", abp_tags=[Tag(name="printers")])

_LOGO_PATTERN = r"^[0-9a-f]{32}\.png$"
PICTURE_MAX = 240_000
"""Characters of a picture in base64: what one request may hold."""


def _no_switch(value: object) -> object:
    """Refuse true and false, which Python takes for 1 and 0."""
    if isinstance(value, bool):
        raise ValueError("a number is wanted")  # noqa: TRY004 - a wrong value, as pydantic expects it
    return value


class AskedMakeUp(_Asked):
    """What a printer can do."""

    width_mm: Literal[58, 80] = 80
    code_page: Annotated[str, Field(pattern=r"^cp[0-9]{3,4}$")] = "cp858"
    code_page_number: Annotated[int, Field(ge=0, le=255)] | None = None
    cut: bool = True
    status: Literal["none", "realtime", "ordered", "automatic"] | None = None
    drawer_pin: Annotated[Literal[0, 2, 5], BeforeValidator(_no_switch)] = 2
    logo: Annotated[str, Field(pattern=_LOGO_PATTERN)] | None = None


class PrinterTrialRequest(AskedMakeUp):
    """A line to try. ``page``: have the calibration page printed as well."""

    transport: Annotated[str, Field(min_length=4, max_length=200)]
    page: bool = False


class PrinterRequest(AskedMakeUp):
    """A printer to keep. ``registers``: tills without a printer that are to use it."""

    name: Name
    transport: Annotated[str, Field(min_length=4, max_length=200)]
    registers: list[DeviceName] = Field(default=[], max_length=100)


class PageRequest(_Asked):
    """A calibration page. The same ``request_id`` again is the same page."""

    request_id: ClientId


class PictureRequest(_Asked):
    """A picture to stand above receipts: PNG or JPEG in base64."""

    picture: Annotated[str, Field(min_length=8, max_length=PICTURE_MAX, pattern=r"^[A-Za-z0-9+/]+={0,2}$")]


class AskedRoute(_Asked):
    """Where orders of a group go; ``*`` is every group that is not named."""

    group: Annotated[str, Field(min_length=1, max_length=40, pattern=r"^(\*|[^\x00-\x1f*]+)$")]
    printer_id: DeviceName


class RoutesRequest(_Asked):
    """All routes of orders."""

    routes: list[AskedRoute] = Field(max_length=200)


class PrinterPath(_Asked):
    """A printer by its id."""

    printer_id: DeviceName


class LogoPath(_Asked):
    """A picture by its name, for paper of a width."""

    name: Annotated[str, Field(pattern=_LOGO_PATTERN)]
    width_mm: Literal["58", "80"]


class GivenPrinterTrial(_Given):
    """What a line brought."""

    answered: bool
    ready: bool
    words: str


class GivenPrinter(_Given):
    """A printer as it is set up."""

    id: str
    name: str
    transport: str
    width_mm: int
    code_page: str
    code_page_number: int | None
    cut: bool
    status: str | None
    drawer_pin: int
    logo: str | None
    registers: list[str]
    removable: bool
    held: bool


class GivenFound(_Given):
    """A line a printer may be on."""

    transport: str
    words: str
    used_by: str | None
    permitted: bool


class GivenPrinters(_Given):
    """Printers, and the lines there are."""

    data: list[GivenPrinter]
    found: list[GivenFound]


class GivenPicture(_Given):
    """A picture that is kept."""

    name: str


class GivenRoute(_Given):
    """Where orders of a group go."""

    group: str
    printer_id: str


class GivenRoutes(_Given):
    """All routes of orders."""

    routes: list[GivenRoute]


class GivenCount(_Given):
    """How many papers were given up."""

    given_up: int


@api.get("/printers", security=PERSON, responses=answers(200, GivenPrinters))
@requires(Permission.DEVICES_MANAGE)
def printers() -> Response:
    """List the printers of this node, and the lines further ones may be on."""
    service, who = current().till.printers, caller()
    found = [
        {"transport": one.line, "words": one.words, "used_by": one.used_by or None, "permitted": one.permitted}
        for one in service.found(who)
    ]
    return _json({"data": [printer_document(one) for one in service.printers(who)], "found": found})


@api.post("/printer-trials", security=PERSON, responses=answers(200, GivenPrinterTrial, 409, 422, body=True))
@requires(Permission.DEVICES_MANAGE)
def try_line(body: PrinterTrialRequest) -> Response:
    """Open a line, ask how the printer is, print the calibration page if wanted; takes some seconds."""
    trial = current().till.printers.try_line(caller(), PrinterWish(body.transport, _make_up(body)), page=body.page)
    return _json({"answered": trial.answered, "ready": trial.ready, "words": trial.words})


@api.post("/printers", security=PERSON, responses=answers(201, GivenPrinter, 409, 422, body=True))
@requires(Permission.DEVICES_MANAGE)
def add(body: PrinterRequest) -> Response:
    """Keep a printer and begin to work it."""
    wish = PrinterWish(body.transport, _make_up(body))
    registers = tuple(RegisterId(one) for one in body.registers)
    return _json(printer_document(current().till.printers.add(caller(), body.name, wish, registers)), 201)


@api.put("/kitchen-routes", security=PERSON, responses=answers(200, GivenRoutes, 422, body=True))
@requires(Permission.DEVICES_MANAGE)
def set_routes(body: RoutesRequest) -> Response:
    """Replace where orders of the kitchen go."""
    wanted = tuple(KitchenRoute(one.group, DeviceId(one.printer_id)) for one in body.routes)
    return _json(_routes_document(current().till.printers.set_routes(caller(), wanted)))


@api.get("/kitchen-routes", security=PERSON, responses=answers(200, GivenRoutes))
@requires(Permission.DEVICES_MANAGE)
def routes() -> Response:
    """Tell where orders of the kitchen go."""
    return _json(_routes_document(current().till.printers.routes(caller())))


@api.post("/printer-logos", security=PERSON, responses=answers(201, GivenPicture, 422, body=True))
@requires(Permission.DEVICES_MANAGE)
def keep_logo(body: PictureRequest) -> Response:
    """Keep a picture to stand above receipts."""
    try:
        picture = base64.b64decode(body.picture, validate=True)
    except binascii.Error as error:
        hint = "Send the bytes of the file in base64."
        raise InputError("unreadable_logo", "This is no base64.", hint, "/picture") from error
    return _json({"name": current().till.printers.keep_logo(caller(), picture)}, 201)


@api.get(
    "/printer-logos/<name>/<width_mm>",
    security=PERSON,
    responses=answers(200, raw("image/png", {"type": "string", "format": "binary"}, "as it is printed"), 404),
)
@requires(Permission.DEVICES_MANAGE)
def logo(path: LogoPath) -> Response:
    """Show a picture as the printer draws it."""
    picture = current().till.printers.logo(caller(), path.name, width_mm=int(path.width_mm))
    return Response(picture, content_type="image/png")


@api.put("/printers/<printer_id>", security=PERSON, responses=answers(200, GivenPrinter, 404, 422, body=True))
@requires(Permission.DEVICES_MANAGE)
def change(path: PrinterPath, body: AskedMakeUp) -> Response:
    """Change what a printer is said to be able to do, from its next paper on."""
    made = current().till.printers.change(caller(), DeviceId(path.printer_id), _make_up(body))
    return _json(printer_document(made))


@api.delete("/printers/<printer_id>", security=PERSON, responses=answers(204, None, 404, 409))
@requires(Permission.DEVICES_MANAGE)
def remove(path: PrinterPath) -> Response:
    """Take a printer out of use that was set up here; refused while papers wait for it."""
    current().till.printers.remove(caller(), DeviceId(path.printer_id))
    return Response(status=204)


@api.post(
    "/printers/<printer_id>/test-page", security=PERSON, responses=answers(202, GivenDelivery, 404, 422, body=True)
)
@requires(Permission.DEVICES_OPERATE)
def test_page(path: PrinterPath, body: PageRequest) -> Response:
    """Print the calibration page in its turn."""
    message = current().till.printers.print_test_page(caller(), DeviceId(path.printer_id), uuid.UUID(body.request_id))
    return _json(delivery_document(message), 202)


@api.post("/printers/<printer_id>/hold", security=PERSON, responses=answers(204, None, 404))
@requires(Permission.DEVICES_OPERATE)
def hold(path: PrinterPath) -> Response:
    """Let papers wait; the drawer still opens."""
    current().till.printers.hold(caller(), DeviceId(path.printer_id), held=True)
    return Response(status=204)


@api.post("/printers/<printer_id>/release", security=PERSON, responses=answers(204, None, 404))
@requires(Permission.DEVICES_OPERATE)
def release(path: PrinterPath) -> Response:
    """Let papers go on."""
    current().till.printers.hold(caller(), DeviceId(path.printer_id), held=False)
    return Response(status=204)


@api.post("/printers/<printer_id>/clear", security=PERSON, responses=answers(200, GivenCount, 404))
@requires(Permission.DEVICES_OPERATE)
def clear(path: PrinterPath) -> Response:
    """Give up every paper that waits, and have the printer forget what it holds."""
    return _json({"given_up": current().till.printers.clear(caller(), DeviceId(path.printer_id))})


def printer_document(one: PrinterSetup) -> dict[str, Any]:
    """Return a printer as the API tells it."""
    made = one.make_up
    return {
        "id": one.id,
        "name": one.name,
        "transport": one.line,
        "width_mm": made.width_mm,
        "code_page": made.code_page,
        "code_page_number": made.code_page_number,
        "cut": made.cut,
        "status": made.status or None,
        "drawer_pin": made.drawer_pin,
        "logo": made.logo or None,
        "registers": list(one.registers),
        "removable": one.removable,
        "held": one.held,
    }


def _routes_document(found: tuple[KitchenRoute, ...]) -> dict[str, Any]:
    return {"routes": [{"group": one.group, "printer_id": one.printer_id} for one in found]}


def _make_up(body: AskedMakeUp) -> PrinterMakeUp:
    return PrinterMakeUp(
        width_mm=body.width_mm,
        code_page=body.code_page,
        code_page_number=body.code_page_number,
        cut=body.cut,
        status=body.status or "",
        drawer_pin=body.drawer_pin,
        logo=body.logo or "",
    )


def _json(document: object, status: int = 200) -> Response:
    return Response(to_json(document), status=status, content_type="application/json")
