"""The frame of the API description: its head, security schemes and the error answers every operation shares."""

from typing import Any, cast

from flask_openapi3.models.info import Info
from flask_openapi3.types import ResponseDict
from pydantic import BaseModel

from gateway.web.answer_shapes import ProblemDocument
from gateway.web.described_api import DescribedApp
from gateway.web.errors import answer_validation
from gateway.web.late_rules import LateRule
from gateway.web.strict_json import StrictRequest

KEY: list[dict[str, list[Any]]] = [{"apiKey": []}]
KEY_OR_PERSON: list[dict[str, list[Any]]] = [{"apiKey": []}, {"session": []}]
PERSON: list[dict[str, list[Any]]] = [{"session": []}]
OPEN: list[dict[str, list[Any]]] = [{}]

_PROBLEM_CONTENT = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/ProblemDocument"}}}
_ALWAYS = (400, 401, 403, 429, 503)
_OF_BODIES = (413, 415)


def make_openapi(name: str, *, session_cookie: str) -> DescribedApp:
    """Return the application with the head of its description and no documentation pages.

    ``session_cookie``: its name, which depends on whether TLS stands in front.
    """
    app = DescribedApp(
        name,
        info=Info(
            title="Tillbridge API",
            version="1.0.0",
            description="Card payments of a store: begin them, watch them, settle what is in doubt.",
        ),
        security_schemes={
            "apiKey": {"type": "http", "scheme": "bearer", "description": "tb_<prefix>_<secret>, or of /oauth/token"},
            "session": {
                "type": "apiKey",
                "in": "cookie",
                "name": session_cookie,
                "description": "session of a person; changes carry X-CSRF-Token",
            },
        },
        validation_error_status=400,
        validation_error_model=ProblemDocument,
        validation_error_callback=answer_validation,
        doc_ui=False,
        static_folder="static",
        template_folder="templates",
    )
    app.request_class = StrictRequest
    app.url_rule_class = LateRule
    return app


def answers(
    status: int, shape: type[BaseModel] | dict[str, Any] | None, *problems: int, body: bool = False
) -> ResponseDict:
    """Return the documented answers of one operation.

    Args:
        status: of success.
        shape: its model, a raw description, or None for no content.
        *problems: further statuses answered with a problem document.
        body: the operation takes a JSON body.
    """
    found: dict[str | int, Any] = {status: shape}
    for number in (*_ALWAYS, *(_OF_BODIES if body else ()), *problems):
        found[number] = {"content": dict(_PROBLEM_CONTENT)}
    return cast("ResponseDict", found)


def raw(content_type: str, schema: dict[str, Any], description: str) -> dict[str, Any]:
    """Return the description of an answer that is not JSON."""
    return {"description": description, "content": {content_type: {"schema": schema}}}
