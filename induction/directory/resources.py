"""What SCIM 2.0 (RFC 7643) calls a person and a group, as far as it is used here.

Whatever else a directory sends of a person (telephones, homes, managers) is read past, never kept.
"""

from typing import Annotated, Any

from pydantic import Field
from scim2_models import (
    URN,
    AnyExtension,
    AuthenticationScheme,
    Bulk,
    CaseExact,
    ChangePassword,
    ComplexAttribute,
    ETag,
    Extension,
    Filter,
    Mutability,
    Patch,
    Reference,
    Required,
    Resource,
    ResourceType,
    ScimPolicy,
    ScimProvider,
    ServiceProviderConfig,
    Sort,
    Uniqueness,
)

MOST = 200  # resources in one answer


class PersonName(ComplexAttribute):
    """A name in its parts."""

    formatted: str | None = None
    family_name: str | None = None
    given_name: str | None = None


class PersonEmail(ComplexAttribute):
    """One address of somebody."""

    value: Annotated[str | None, Required.true] = None
    type: str | None = None
    primary: bool | None = None


class User(Resource[AnyExtension]):
    """A person in the directory."""

    __schema__ = URN("urn:ietf:params:scim:schemas:core:2.0:User")

    user_name: Annotated[str | None, Uniqueness.server, Required.true] = None
    name: PersonName | None = None
    display_name: Annotated[str | None, Required.true] = None
    user_type: str | None = None
    active: Annotated[bool | None, Required.true] = None
    emails: list[PersonEmail] | None = None


class EnterpriseUser(Extension):
    """What the extension for organisations adds; of it we use the number of a person."""

    __schema__ = URN("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User")

    employee_number: str | None = None


TO_USER: Any = Reference["User"]  # type: ignore[type-arg]


class SentMember(ComplexAttribute):
    """Somebody in a group."""

    value: Annotated[str | None, Mutability.immutable, CaseExact.true] = None
    ref: Annotated[TO_USER | None, Mutability.immutable] = Field(
        None, serialization_alias="$ref", validation_alias="$ref"
    )
    type: Annotated[str | None, Mutability.immutable] = Field(None, examples=["User"])


class SentGroup(Resource[Any]):
    """A group in the directory."""

    __schema__ = URN("urn:ietf:params:scim:schemas:core:2.0:Group")

    display_name: Annotated[str | None, Required.true] = None
    members: list[SentMember] | None = None


SentGroup.__name__ = "Group"  # as its schema is called


# A directory's own ways, as far as they cannot be taken for something else: Microsoft Entra names
# members to remove beside the path, and sets the address at work of somebody who has none yet.
POLICY = ScimPolicy(
    unknown=ScimPolicy.Unknown.ignore,
    remove_value_as_filter=ScimPolicy.RemoveValue.apply,
    unmatched_path_filter=ScimPolicy.UnmatchedPathFilter.create,
)
CONFIG = ServiceProviderConfig(
    patch=Patch(supported=True),
    bulk=Bulk(supported=False, max_operations=0, max_payload_size=0),
    filter=Filter(supported=True, max_results=MOST),
    change_password=ChangePassword(supported=False),
    sort=Sort(supported=False),
    etag=ETag(supported=False),
    authentication_schemes=[
        AuthenticationScheme(
            type=AuthenticationScheme.Type.oauthbearertoken,
            name="Bearer token",
            description="The token that an administrator is shown once, when they open it",
            primary=True,
        )
    ],
)
SENT_USER: Any = User[EnterpriseUser]
PROVIDER = ScimProvider(
    models=[User, EnterpriseUser, SentGroup],
    resource_types=[ResourceType.from_resource(SENT_USER), ResourceType.from_resource(SentGroup)],
    config=CONFIG,
    policy=POLICY,
)


def completed(sent: dict[str, Any]) -> dict[str, Any]:
    """A whole person with what goes without saying, or stands elsewhere in what was sent.

    Who has no mailbox has the user name alone, and some directories send a name in parts only.
    """
    there = {name.lower(): value for name, value in sent.items()}
    if "active" not in there:
        sent = {**sent, "active": True}
    user_name, name = there.get("username"), there.get("name")
    if not there.get("emails") and isinstance(user_name, str) and "@" in user_name:
        sent = {**sent, "emails": [{"value": user_name, "type": "work", "primary": True}]}
    if not there.get("displayname") and isinstance(name, dict):
        parts = {part.lower(): text for part, text in name.items() if isinstance(text, str)}
        both = f"{parts.get('givenname', '')} {parts.get('familyname', '')}".strip()
        sent = {**sent, "displayName": both or parts.get("formatted")}
    return sent


def spelled_out(sent: dict[str, Any]) -> dict[str, Any]:
    """A patch in which a path stands where paths stand.

    Microsoft Entra puts several changes into one operation without a path, and filters into the
    names of its values, such as ``emails[type eq "work"].value``.
    """
    name = next((key for key in sent if key.lower() == "operations"), "")
    if not isinstance(sent.get(name), list):
        return sent
    return {**sent, name: [one for each in sent[name] for one in _apart(each)]}


def _apart(operation: Any) -> list[Any]:
    if not isinstance(operation, dict) or "path" in operation:
        return [operation]
    value = operation.get("value")
    if not isinstance(value, dict) or not any("[" in key for key in value):
        return [operation]
    return [{**operation, "path": key, "value": new} for key, new in value.items()]
