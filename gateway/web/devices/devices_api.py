"""Setting terminals up over the API, for administrators: ports, trials of lines, terminals made of what answered."""

import uuid

from flask import Response
from flask_openapi3.models.tag import Tag

from gateway.domain.access import Permission
from gateway.domain.cards.terminal_setup import (
    DeviceSetup,
    ProtocolFace,
    RegisterWish,
    SerialPort,
    TerminalWish,
    Trial,
    TrialState,
)
from gateway.domain.errors import InputError
from gateway.domain.ids import DeviceId, RegisterId
from gateway.web.answer_shapes import GivenPorts, GivenSetup, GivenSetups, GivenTrial
from gateway.web.api import PERSON, answers
from gateway.web.auth import caller, requires
from gateway.web.container import current
from gateway.web.described_api import APIBlueprint
from gateway.web.payments.payment_answers import to_json
from gateway.web.request_shapes import SaveTerminalRequest, TerminalPath, TrialPath, TrialRequest
from gateway.web.screens import words

api = APIBlueprint("devices", __name__, url_prefix="/v1/devices", abp_tags=[Tag(name="devices")])


@api.get("/setup", security=PERSON, responses=answers(200, GivenSetups))
@requires(Permission.DEVICES_MANAGE)
def setup() -> Response:
    """List the devices of this node and how they are reached; passwords are not told."""
    service, who = current().set_up_terminals, caller()
    return _json(
        {
            "data": [setup_document(device) for device in service.devices(who)],
            "protocols": [_protocol_document(protocol) for protocol in service.protocols(who)],
        }
    )


@api.get("/ports", security=PERSON, responses=answers(200, GivenPorts))
@requires(Permission.DEVICES_MANAGE)
def ports() -> Response:
    """List the serial ports of this machine and who uses them."""
    return _json({"data": [_port_document(port) for port in current().set_up_terminals.ports(caller())]})


@api.post("/trials", security=PERSON, responses=answers(202, GivenTrial, 409, 422, body=True))
@requires(Permission.DEVICES_MANAGE)
def begin_trial(body: TrialRequest) -> Response:
    """Begin to try a line, in the background; no money moves, and a port that a device works is left alone."""
    wish = TerminalWish(
        protocol=body.protocol,
        line=body.transport,
        password=body.password,
        register_no=body.register_no,
        message_format=body.message_format,
        terminal_id=body.terminal_id,
        language=words().language,
    )
    trial = current().set_up_terminals.begin_trial(caller(), wish)
    response = _json(_trial_document(trial), 202)
    response.headers["Location"] = f"/v1/devices/trials/{trial.id}"
    return response


@api.get("/trials/<trial_id>", security=PERSON, responses=answers(200, GivenTrial, 404))
@requires(Permission.DEVICES_MANAGE)
def trial(path: TrialPath) -> Response:
    """Tell how a trial stands: what was tried, what answered, what to do."""
    return _json(_trial_document(current().set_up_terminals.trial(caller(), uuid.UUID(path.trial_id))))


@api.post("/terminals", security=PERSON, responses=answers(201, GivenSetup, 404, 409, 422, body=True))
@requires(Permission.DEVICES_MANAGE)
def save(body: SaveTerminalRequest) -> Response:
    """Keep the terminal that answered in a trial and begin to work it; the same trial again is the same terminal."""
    if body.register_id is not None and body.register_name is not None:
        hint = "Name a till that is there, or a new one."
        raise InputError("register_named_twice", "Two tills are named.", hint, "/register_name")
    register = RegisterWish(
        register_id=RegisterId(body.register_id) if body.register_id else None,
        name=body.register_name or "",
        printer_id=DeviceId(body.printer_id) if body.printer_id else None,
    )
    made = current().set_up_terminals.save(caller(), uuid.UUID(body.trial_id), body.name, register)
    return _json(setup_document(made), 201)


@api.delete("/terminals/<terminal_id>", security=PERSON, responses=answers(204, None, 404, 409))
@requires(Permission.DEVICES_MANAGE)
def remove(path: TerminalPath) -> Response:
    """Take a terminal out of use that was set up here; refused while a payment of it is not concluded."""
    current().set_up_terminals.remove(caller(), DeviceId(path.terminal_id))
    return Response(status=204)


def setup_document(device: DeviceSetup) -> dict[str, object]:
    """Return a device without its password."""
    return {
        "id": device.id,
        "kind": device.kind,
        "name": device.name,
        "protocol": device.protocol or None,
        "transport": device.line,
        "registers": list(device.registers),
        "removable": device.removable,
    }


def _protocol_document(protocol: ProtocolFace) -> dict[str, object]:
    return {
        "name": protocol.name,
        "title": protocol.title,
        "serial": protocol.serial,
        "network": protocol.network,
        "port": protocol.port or None,
        "password": protocol.password,
        "tells_last_result": protocol.tells_last_result,
    }


def _port_document(port: SerialPort) -> dict[str, object]:
    return {
        "device": port.device,
        "transport": port.line,
        "words": port.words,
        "used_by": port.used_by or None,
        "permitted": port.permitted,
        "group": port.group,
    }


def _trial_document(trial: Trial) -> dict[str, object]:
    report = trial.report
    return {
        "id": str(trial.id),
        "state": TrialState(trial.state).value,
        "protocol": trial.wish.protocol,
        "transport": trial.wish.line if report is None else report.line,
        "steps": [{"what": step.what, "result": step.result} for step in trial.steps],
        "findings": [
            {"code": found.code, "gravity": found.gravity.value, "words": found.words, "advice": found.advice}
            for found in (report.findings if report else ())
        ],
        "answered": report is not None and report.answered,
        "ready": report is not None and report.ready,
        "terminal_id": (report.terminal_id if report else "") or None,
        "terminal_state": (report.state_words if report else "") or None,
        "saved_as": trial.saved_as,
    }


def _json(document: object, status: int = 200) -> Response:
    return Response(to_json(document), status=status, content_type="application/json")
