"""Where a directory says who is in it, and which groups there are: SCIM 2.0 (RFC 7644).

What is asked and answered here is JSON for a program, and no page. Whoever asks shows a token that
an administrator was given; see ``connections``.
"""

import json
from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, g, request
from werkzeug.exceptions import HTTPException

from induction.database import utc_now, writing
from induction.directory import connections
from induction.extensions import csrf, db
from induction.people.access import ANYONE, allow
from induction.throttles import counting
from induction.throttles.counting import Refusal

pages = Blueprint("scim", __name__, url_prefix="/scim/v2")
csrf.exempt(pages)  # no browser's form leads here, and no cookie opens anything

_WHO = "Send the token that an administrator was shown, as a bearer token."


@pages.before_request
def _let_in() -> Response | None:
    now = utc_now()
    header = request.headers.get("Authorization", "")
    found = connections.of_header(db.session(), header, now=now)
    if found is not None:
        g.directory = found
        return None
    with writing() as session:
        counting.refused(session, Refusal("directory", request.remote_addr or ""), now=now)
    answer = _error(401, _WHO)
    answer.headers["WWW-Authenticate"] = "Bearer"
    return answer


@pages.errorhandler(HTTPException)
def _refused(fault: HTTPException) -> Response:
    return _error(fault.code or 500, fault.description or fault.name)


def _error(status: int, detail: str) -> Response:
    schema = "urn:ietf:params:scim:api:messages:2.0:Error"
    said = {"schemas": [schema], "status": str(status), "detail": detail}
    return Response(json.dumps(said), status, content_type="application/scim+json")


def _answer(which: Callable[[Any], Callable[..., Response]], **named: str) -> Response:
    from induction.directory import service  # noqa: PLC0415  slow to load, seldom used

    return service.answered(which(service), **named)


@pages.get("/Users")
@allow(ANYONE)
def list_users() -> Response:
    """Those whom the directory has sent, or whoever it looks for."""
    return _answer(lambda service: service.list_users)


@pages.post("/Users")
@allow(ANYONE)
def create_user() -> Response:
    """Somebody new, or somebody who is here and whom the directory did not know to be."""
    return _answer(lambda service: service.create_user)


@pages.get("/Users/<public_id>")
@allow(ANYONE)
def show_user(public_id: str) -> Response:
    """One person."""
    return _answer(lambda service: service.show_user, public_id=public_id)


@pages.put("/Users/<public_id>")
@allow(ANYONE)
def replace_user(public_id: str) -> Response:
    """All that there is to say of somebody."""
    return _answer(lambda service: service.replace_user, public_id=public_id)


@pages.patch("/Users/<public_id>")
@allow(ANYONE)
def patch_user(public_id: str) -> Response:
    """What has changed about somebody."""
    return _answer(lambda service: service.patch_user, public_id=public_id)


@pages.delete("/Users/<public_id>")
@allow(ANYONE)
def delete_user(public_id: str) -> Response:
    """Whoever the directory deletes has their account ended; nothing is deleted here."""
    return _answer(lambda service: service.delete_user, public_id=public_id)


@pages.get("/Groups")
@allow(ANYONE)
def list_groups() -> Response:
    """The groups that the directory has sent."""
    return _answer(lambda service: service.list_groups)


@pages.post("/Groups")
@allow(ANYONE)
def create_group() -> Response:
    """A group, which becomes the cohort of its name."""
    return _answer(lambda service: service.create_group)


@pages.get("/Groups/<public_id>")
@allow(ANYONE)
def show_group(public_id: str) -> Response:
    """One group."""
    return _answer(lambda service: service.show_group, public_id=public_id)


@pages.put("/Groups/<public_id>")
@allow(ANYONE)
def replace_group(public_id: str) -> Response:
    """All that there is to say of a group."""
    return _answer(lambda service: service.replace_group, public_id=public_id)


@pages.patch("/Groups/<public_id>")
@allow(ANYONE)
def patch_group(public_id: str) -> Response:
    """Who has joined a group or left it, and what it is called now."""
    return _answer(lambda service: service.patch_group, public_id=public_id)


@pages.delete("/Groups/<public_id>")
@allow(ANYONE)
def delete_group(public_id: str) -> Response:
    """The directory has deleted a group; the cohort stays, with who is in it."""
    return _answer(lambda service: service.delete_group, public_id=public_id)


@pages.get("/ServiceProviderConfig")
@allow(ANYONE)
def config() -> Response:
    """What can be done here and what cannot."""
    return _answer(lambda service: service.config)


@pages.get("/ResourceTypes")
@allow(ANYONE)
def resource_types() -> Response:
    """People and groups."""
    return _answer(lambda service: service.resource_types)


@pages.get("/ResourceTypes/<name>")
@allow(ANYONE)
def resource_type(name: str) -> Response:
    """One of them."""
    return _answer(lambda service: service.resource_type, name=name)


@pages.get("/Schemas")
@allow(ANYONE)
def schemas() -> Response:
    """Their attributes."""
    return _answer(lambda service: service.schemas)


@pages.get("/Schemas/<name>")
@allow(ANYONE)
def schema(name: str) -> Response:
    """The attributes of one of them."""
    return _answer(lambda service: service.schema, name=name)


@pages.post("/.search")
@allow(ANYONE)
def search() -> Response:
    """Looking through people and groups at once is not offered."""
    return _error(501, "Ask for people or for groups.")


@pages.get("/<path:rest>")
@allow(ANYONE)
def nothing(rest: str) -> Response:
    """Whatever else is asked for is not here, and a program is told so in its own words."""
    return _error(404, f"There is nothing at {rest[:80]}.")
