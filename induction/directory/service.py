"""What a directory asks by SCIM 2.0 (RFC 7643, RFC 7644), answered.

Apart from its addresses (``scim_pages``), since what reads SCIM is slow to load, and most
installations are asked nothing.
"""

import json
from collections.abc import Callable
from typing import Any

from flask import Response, current_app, g, request
from pydantic import ValidationError
from scim2_models import (
    Context,
    Error,
    InvalidSyntaxException,
    ListResponse,
    NotFoundException,
    PatchOp,
    Resource,
    ResourceType,
    ResponseParameters,
    Schema,
    SCIMException,
    SearchRequest,
)
from sqlalchemy import func, select

from induction.audit.act import Act, acting
from induction.database import AnySelect, utc_now
from induction.directory import finding, groups, users
from induction.directory.models import DirectoryGroup, DirectoryUser
from induction.directory.resources import (
    CONFIG,
    MOST,
    POLICY,
    PROVIDER,
    SENT_USER,
    SentGroup,
    completed,
    spelled_out,
)
from induction.extensions import db
from induction.people.models import Account
from induction.refusals import NotNow

CONTENT_TYPE = "application/scim+json"
PATCH_USER: Any = PatchOp[SENT_USER]
USERS: Any = ListResponse[SENT_USER]


def answered(do: Callable[..., Response], **named: str) -> Response:
    """What it answers, or why it does not, in the words of RFC 7644, section 3.12."""
    try:
        return do(**named)
    except SCIMException as fault:
        error = fault.to_error()
    except ValidationError as fault:
        error = Error.from_validation_error(fault.errors()[0])
    except NotNow as fault:
        error = Error(status=409, detail=str(fault))
    return _json(error.model_dump_json(), error.status or 400)


def _json(text: str, status: int = 200) -> Response:
    return Response(text, status, content_type=CONTENT_TYPE)


def _base() -> str:
    return f"{current_app.extensions['settings'].base_url}/scim/v2"


def _sent() -> dict[str, Any]:
    """The object that was sent. Raises InvalidSyntaxException for what no database keeps too."""
    try:
        sent = json.loads(request.get_data())
        text = json.dumps(sent, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as fault:
        raise InvalidSyntaxException(detail="This is no JSON that can be read.") from fault
    if not isinstance(sent, dict) or rb"\u0000" in text:
        raise InvalidSyntaxException(detail="Send one JSON object, without the character NUL.")
    return sent


def _act(do: Callable[[Act], Resource[Any]], context: Context, status: int = 200) -> Response:
    """Carry out what was sent in one transaction, and answer what came of it."""
    with acting(g.directory.actor, utc_now()) as act:
        resource = do(act)
    asked = ResponseParameters[Any].model_validate(request.args.to_dict())
    answer = _json(resource.model_dump_json(scim_ctx=context, response_parameters=asked), status)
    if resource.meta is not None and status == 201:
        answer.headers["Location"] = resource.meta.location
    return answer


def _page_of(
    model: Any, known: dict[str, finding.Meant], query: AnySelect, its_own: Any
) -> tuple[SearchRequest[Any], int, list[Any]]:
    """What was asked for, how many there are, and the rows of this page."""
    asked = SearchRequest[model].model_validate(request.args.to_dict())
    query = query.where(finding.condition(asked.filter, known) if asked.filter else its_own)
    counted = select(func.count()).select_from(query.order_by(None).subquery())
    total, size = (
        db.session.scalar(counted) or 0,
        min(MOST, MOST if asked.count is None else asked.count),
    )
    rows = db.session.execute(query.offset(min(asked.start_index_0 or 0, total)).limit(size)).all()
    return asked, total, list(rows)


def _listed(
    made: type[Any], asked: SearchRequest[Any], total: int, resources: list[Any]
) -> Response:
    answer = made(
        total_results=total,
        start_index=asked.start_index or 1,
        items_per_page=len(resources),
        resources=resources,
    )
    text = answer.model_dump_json(
        scim_ctx=Context.RESOURCE_QUERY_RESPONSE, response_parameters=asked
    )
    return _json(text)


# ---- people --------------------------------------------------------------------------------------


def _user(public_id: str, *, changing: bool = False) -> tuple[Account, DirectoryUser | None]:
    query = finding.USERS.where(Account.public_id == public_id)
    if changing:
        query = query.with_for_update(of=Account)
    found = db.session.execute(query).first()
    if found is None:
        raise NotFoundException(detail=f"There is nobody with the id {public_id[:40]}.")
    return found.Account, found.DirectoryUser


def list_users() -> Response:
    """Those whom the directory has sent, or whoever it looks for."""
    query = finding.USERS.order_by(Account.id)
    asked, total, rows = _page_of(SENT_USER, finding.OF_USERS, query, finding.ITS_OWN)
    base = _base()
    people = [users.as_sent(row.Account, row.DirectoryUser, base) for row in rows]
    return _listed(USERS, asked, total, people)


def create_user() -> Response:
    """Somebody new, or somebody who is here and whom the directory did not know to be."""
    context = Context.RESOURCE_CREATION_REQUEST
    user = SENT_USER.model_validate(completed(_sent()), scim_ctx=context, scim_policy=POLICY)

    def take(act: Act) -> Any:
        account, entry = users.take(act, user, invites=g.directory.invites)
        return users.as_sent(account, entry, _base())

    return _act(take, Context.RESOURCE_CREATION_RESPONSE, 201)


def show_user(public_id: str) -> Response:
    """One person."""
    asked = ResponseParameters[SENT_USER].model_validate(request.args.to_dict())
    user = users.as_sent(*_user(public_id), _base())
    context = Context.RESOURCE_QUERY_RESPONSE
    return _json(user.model_dump_json(scim_ctx=context, response_parameters=asked))


def replace_user(public_id: str) -> Response:
    """All that there is to say of somebody."""
    context = Context.RESOURCE_REPLACEMENT_REQUEST
    sent = SENT_USER.model_validate(completed(_sent()), scim_ctx=context, scim_policy=POLICY)

    def put(act: Act) -> Any:
        account, entry = _user(public_id, changing=True)
        sent.replace(users.as_sent(account, entry, _base()))
        return users.as_sent(account, users.change(act, account, entry, sent), _base())

    return _act(put, Context.RESOURCE_REPLACEMENT_RESPONSE)


def patch_user(public_id: str) -> Response:
    """What has changed about somebody."""
    context = Context.RESOURCE_PATCH_REQUEST
    patch = PATCH_USER.model_validate(spelled_out(_sent()), scim_ctx=context, scim_policy=POLICY)

    def mend(act: Act) -> Any:
        account, entry = _user(public_id, changing=True)
        user = users.as_sent(account, entry, _base())
        patch.patch(user, scim_policy=POLICY)
        return users.as_sent(account, users.change(act, account, entry, user), _base())

    return _act(mend, Context.RESOURCE_PATCH_RESPONSE)


def delete_user(public_id: str) -> Response:
    """Whoever the directory deletes has their account ended; nothing is deleted here."""
    with acting(g.directory.actor, utc_now()) as act:
        account, entry = _user(public_id, changing=True)
        if entry is None:
            raise NotFoundException(detail="The directory has not sent this person.")
        users.let_go(act, account, entry)
    return _json("", 204)


# ---- groups --------------------------------------------------------------------------------------


def _group(public_id: str) -> DirectoryGroup:
    query = select(DirectoryGroup).where(DirectoryGroup.public_id == public_id)
    found = db.session.scalars(query).first()
    if found is None:
        raise NotFoundException(detail=f"There is no group with the id {public_id[:40]}.")
    return found


def _told(row: DirectoryGroup) -> SentGroup:
    members = groups.members_of(db.session(), [row])
    return groups.as_sent(row, members[row.id], _base())


def list_groups() -> Response:
    """The groups that the directory has sent."""
    query: AnySelect = select(DirectoryGroup).order_by(DirectoryGroup.id)
    everything = DirectoryGroup.id > 0
    asked, total, found = _page_of(SentGroup, finding.OF_GROUPS, query, everything)
    rows, base = [row.DirectoryGroup for row in found], _base()
    members = groups.members_of(db.session(), rows)
    told = [groups.as_sent(row, members[row.id], base) for row in rows]
    return _listed(ListResponse[SentGroup], asked, total, told)


def create_group() -> Response:
    """A group, which becomes the cohort of its name."""
    context = Context.RESOURCE_CREATION_REQUEST
    group = SentGroup.model_validate(_sent(), scim_ctx=context, scim_policy=POLICY)
    return _act(lambda act: _told(groups.take(act, group)), Context.RESOURCE_CREATION_RESPONSE, 201)


def show_group(public_id: str) -> Response:
    """One group."""
    asked = ResponseParameters[SentGroup].model_validate(request.args.to_dict())
    group, context = _told(_group(public_id)), Context.RESOURCE_QUERY_RESPONSE
    return _json(group.model_dump_json(scim_ctx=context, response_parameters=asked))


def replace_group(public_id: str) -> Response:
    """All that there is to say of a group."""
    context = Context.RESOURCE_REPLACEMENT_REQUEST
    sent = SentGroup.model_validate(_sent(), scim_ctx=context, scim_policy=POLICY)

    def put(act: Act) -> SentGroup:
        row = _group(public_id)
        groups.change(act, row, sent)
        return _told(row)

    return _act(put, Context.RESOURCE_REPLACEMENT_RESPONSE)


def patch_group(public_id: str) -> Response:
    """Who has joined a group or left it, and what it is called now."""
    context = Context.RESOURCE_PATCH_REQUEST
    patch = PatchOp[SentGroup].model_validate(_sent(), scim_ctx=context, scim_policy=POLICY)

    def mend(act: Act) -> SentGroup:
        row = _group(public_id)
        group = _told(row)
        patch.patch(group, scim_policy=POLICY)
        groups.change(act, row, group)
        return _told(row)

    return _act(mend, Context.RESOURCE_PATCH_RESPONSE)


def delete_group(public_id: str) -> Response:
    """The directory has deleted a group; the cohort stays, with who is in it."""
    with acting(g.directory.actor, utc_now()) as act:
        groups.let_go(act, _group(public_id))
    return _json("", 204)


# ---- what is served here -------------------------------------------------------------------------


def config() -> Response:
    """What can be done here and what cannot."""
    return _json(CONFIG.model_dump_json(scim_ctx=Context.RESOURCE_QUERY_RESPONSE))


def resource_types() -> Response:
    """People and groups."""
    asked = SearchRequest[Any].model_validate(request.args.to_dict())
    found = list(PROVIDER.resource_types)
    return _listed(ListResponse[ResourceType], asked, len(found), found)


def resource_type(name: str) -> Response:
    """One of them."""
    return _one_of(PROVIDER.resource_types, name)


def schemas() -> Response:
    """Their attributes."""
    asked = SearchRequest[Any].model_validate(request.args.to_dict())
    found = list(PROVIDER.schemas)
    return _listed(ListResponse[Schema], asked, len(found), found)


def schema(name: str) -> Response:
    """The attributes of one of them."""
    return _one_of(PROVIDER.schemas, name)


def _one_of(known: tuple[Any, ...], name: str) -> Response:
    for one in known:
        if one.id == name:
            return _json(one.model_dump_json(scim_ctx=Context.RESOURCE_QUERY_RESPONSE))
    raise NotFoundException
