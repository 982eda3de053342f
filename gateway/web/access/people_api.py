"""People over the API: who am I, my PIN; for administrators the people of the store."""

import uuid

from flask import Response, request
from flask_openapi3.models.tag import Tag

from gateway.domain.access import Permission
from gateway.domain.ids import PersonId
from gateway.ports.unit_of_work import Person
from gateway.services.access.manage_people import PersonChange
from gateway.web.answer_shapes import GivenMe, GivenNewPerson, GivenPeople, GivenPerson, GivenSecret
from gateway.web.api import KEY_OR_PERSON, PERSON, answers
from gateway.web.auth import any_caller, caller, maybe_signed, requires, signed, signed_in
from gateway.web.container import current
from gateway.web.described_api import APIBlueprint
from gateway.web.payments.payment_answers import instant, to_json
from gateway.web.request_shapes import PersonChangeRequest, PersonPath, PersonRequest, PinRequest

api = APIBlueprint("people", __name__, url_prefix="/v1", abp_tags=[Tag(name="people")])


@api.get("/me", security=KEY_OR_PERSON, responses=answers(200, GivenMe))
@any_caller
def me() -> Response:
    """Tell who is calling and what they may do."""
    who, person = caller(), maybe_signed()
    return _json(
        {
            "id": str(who.id),
            "name": who.name,
            "kind": "person" if person else "api_key",
            "role": person.person.role.value if person else None,
            "store_id": who.store_id,
            "permissions": sorted(who.permissions),
        }
    )


@api.put("/me/pin", security=PERSON, responses=answers(204, None, 422, body=True))
@signed_in
def set_pin(body: PinRequest) -> Response:
    """Set one's own PIN for quick unlocking."""
    current().sign_in.set_pin(signed(), password=body.password, pin=body.pin, address=request.remote_addr or "")
    return Response(status=204)


@api.get("/people", security=PERSON, responses=answers(200, GivenPeople))
@requires(Permission.PEOPLE_MANAGE)
def people() -> Response:
    """List the people of the store."""
    return _json({"data": [person_document(person) for person in current().people.list(caller())]})


@api.post("/people", security=PERSON, responses=answers(201, GivenNewPerson, 409, 422, body=True))
@requires(Permission.PEOPLE_MANAGE)
def add(body: PersonRequest) -> Response:
    """Add a colleague; the one-time password is shown this once and changed at the first sign-in."""
    person, secret = current().people.add(
        caller(), login=body.login, name=body.name, role=body.role, pin=body.pin, email=body.email
    )
    return _json({"person": person_document(person), "one_time_password": secret}, 201)


@api.patch("/people/<person_id>", security=PERSON, responses=answers(200, GivenPerson, 404, 409, 422, body=True))
@requires(Permission.PEOPLE_MANAGE)
def change(path: PersonPath, body: PersonChangeRequest) -> Response:
    """Change name, role, address or the right to sign in; new rights end the person's sessions at once."""
    wanted = PersonChange(name=body.name, role=body.role, disabled=body.disabled, email=body.email)
    return _json(person_document(current().people.change(caller(), _id(path), wanted)))


@api.post("/people/<person_id>/password-reset", security=PERSON, responses=answers(200, GivenSecret, 404, 409))
@requires(Permission.PEOPLE_MANAGE)
def reset_password(path: PersonPath) -> Response:
    """Give a colleague a new one-time password; their sessions and locks end."""
    return _json({"one_time_password": current().people.reset_password(caller(), _id(path))})


def person_document(person: Person) -> dict[str, object]:
    """Return a person without secrets."""
    return {
        "id": str(person.id),
        "login": person.login,
        "name": person.name,
        "role": person.role.value,
        "disabled": person.disabled,
        "demo": person.demo,
        "has_pin": person.pin_hash is not None,
        "must_change_password": person.must_change_password,
        "created_at": instant(person.created_at),
        "email": person.email,
    }


def _id(path: PersonPath) -> PersonId:
    return PersonId(uuid.UUID(path.person_id))


def _json(document: object, status: int = 200) -> Response:
    return Response(to_json(document), status=status, content_type="application/json")
