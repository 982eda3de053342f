"""The description of the API costs nothing before somebody asks, and is whole for everybody who does."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask_openapi3.blueprint import APIBlueprint as EagerBlueprint
from flask_openapi3.models.info import Info
from flask_openapi3.models.tag import Tag
from pydantic import BaseModel, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from gateway.web.described_api import APIBlueprint, DescribedApp

ASKING = 4


class Parcel(BaseModel):
    """A body; counts how often it is described."""

    weight_g: int

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        described.append(cls.__name__)
        return handler(core)


described: list[str] = []


def area() -> APIBlueprint:
    api = APIBlueprint("parcels", __name__, url_prefix="/v1", abp_tags=[Tag(name="parcels")])

    @api.post("/parcels", responses={201: Parcel})
    def post_parcel(body: Parcel) -> tuple[dict[str, int], int]:
        """Take a parcel."""
        return {"weight_g": body.weight_g}, 201

    return api


def app_with(api: EagerBlueprint) -> DescribedApp:
    app = DescribedApp(__name__, info=Info(title="Parcels", version="1"), doc_ui=False)
    app.register_api(api)
    return app


def test_requests_when_nobody_asked_then_judged_by_their_shape_and_nothing_is_described() -> None:
    described.clear()
    client = app_with(area()).test_client()

    assert client.post("/v1/parcels", json={"weight_g": 250}).get_json() == {"weight_g": 250}
    assert client.post("/v1/parcels", json={"weight_g": "heavy"}).status_code == 422
    assert described == []


def test_description_when_asked_by_several_at_once_then_whole_for_each_and_made_once() -> None:
    described.clear()
    app = app_with(area())
    together = threading.Barrier(ASKING)

    def ask(_number: int) -> object:
        together.wait(timeout=30)
        return app.api_doc

    with ThreadPoolExecutor(ASKING) as pool:
        documents = list(pool.map(ask, range(ASKING)))

    operation = app.api_doc["paths"]["/v1/parcels"]["post"]
    assert operation["summary"] == "Take a parcel."
    assert operation["tags"] == ["parcels"]
    assert set(operation["responses"]) == {"201", "422"}
    assert app.api_doc["tags"] == [{"name": "parcels"}]
    assert "Parcel" in app.api_doc["components"]["schemas"]
    assert all(document is app.api_doc for document in documents)
    assert described == ["Parcel", "Parcel"]  # as a body and as an answer


def test_area_when_registered_in_two_applications_then_both_describe_it() -> None:
    api = area()
    first, second = app_with(api), app_with(api)

    assert first.api_doc["paths"] == second.api_doc["paths"]
    assert "/v1/parcels" in second.api_doc["paths"]


def test_area_when_it_would_describe_itself_at_once_then_refused() -> None:
    with pytest.raises(TypeError, match="parcels"):
        app_with(EagerBlueprint("parcels", __name__))
