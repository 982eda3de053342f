"""The address of SOAP: the service description, and calls in both versions. Every refusal of a call is a fault."""

from flask import Blueprint, Response, current_app, render_template, request
from pydantic import ValidationError
from werkzeug.exceptions import RequestEntityTooLarge

from gateway.domain.errors import GatewayError, OperationalError
from gateway.web.auth import public
from gateway.web.container import current
from gateway.web.erp.erp_api import BATCH_BYTES_MAX
from gateway.web.errors import Problem, UnsupportedMediaType, problem_of, problem_of_validation

pages = Blueprint("soap_erp", __name__)
CONTRACT = "tillbridge_soap_contract"
WSDL = "erp/erp.wsdl"


@pages.get("/soap/erp")
@public
def description() -> Response:
    """Tell the service description, with the address under which it was asked for."""
    return Response(_wsdl(), content_type="text/xml; charset=utf-8")


@pages.post("/soap/erp")
@public
def call() -> Response:
    """Serve one message."""
    # The library for XML is large and belongs to a group of packages that a till may lack.
    try:
        from gateway.web.erp import soap_message as soap  # noqa: PLC0415
        from gateway.web.erp.soap_calls import operation_of  # noqa: PLC0415
        from gateway.web.erp.soap_security import sender  # noqa: PLC0415
    except ImportError as error:
        hint = "Install the packages for ERPs, or use the REST API."
        raise OperationalError("soap_not_installed", "SOAP is not installed here.", hint) from error
    space = soap.CONTENT_TYPES.get(request.mimetype)
    if space is None:
        raise UnsupportedMediaType
    contract = current_app.extensions.get(CONTRACT)
    if contract is None:
        contract = current_app.extensions[CONTRACT] = soap.Contract(_wsdl().encode())
    doors, headers = current().till.payables.doors, dict[str, str]()
    try:
        request.max_content_length = BATCH_BYTES_MAX
        message = contract.read(request.get_data(), space)
        caller = sender(message.security, current().api_keys, doors.nonces)
        contract.check(message.call)
        answered = operation_of(message.call)(doors, caller, message.call)
        written, status = soap.envelope(space, answered), 200
    except soap.NotUnderstood as error:
        written, status = soap.fault(space, error.code, error.problem)
    except ValidationError as error:
        written, status = soap.fault(space, "Sender", problem_of_validation(error))
    except RequestEntityTooLarge:
        problem = Problem(413, "request_too_large", "The message is too large.", "Send less at once.")
        written, status = soap.fault(space, "Sender", problem)
    except GatewayError as error:
        problem = problem_of(error)
        headers |= problem.headers
        written, status = soap.fault(space, "Receiver" if problem.status >= 500 else "Sender", problem)
    if status == 401:
        headers["WWW-Authenticate"] = 'Basic realm="tillbridge"'
    return Response(written, status=status, headers=headers, content_type=soap.media_type(space))


def _wsdl() -> str:
    return render_template(WSDL, address=f"{request.host_url}soap/erp")
