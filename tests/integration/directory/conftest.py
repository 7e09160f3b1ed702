"""A directory for the tests of this folder: whoever sends people and groups by SCIM."""

import json
from dataclasses import dataclass, field
from typing import Any

import pytest
from flask import Flask

from induction.audit.act import acting
from induction.database import utc_now
from induction.directory import connections
from induction.people.models import Account, Role
from tests.support.cast import Cast
from tests.support.client import Visitor

CORE = "urn:ietf:params:scim:schemas:core:2.0:"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"


@dataclass
class Directory:
    """Asks as a program does: JSON and a token, and no cookie."""

    visitor: Visitor
    token: str
    ids: dict[bool, str] = field(default_factory=dict)  # of a group and of a person, for some tests

    def ask(self, method: str, path: str, sent: Any = None, *, status: int = 200) -> dict[str, Any]:
        """What is answered; the status is looked at."""
        answer = self.visitor.open(
            f"/scim/v2{path}",
            method=method,
            data=None if sent is None else json.dumps(sent),
            headers={"Authorization": f"Bearer {self.token}"},
            content_type="application/scim+json",
        )
        assert answer.status_code == status, answer.get_data(as_text=True)
        told: dict[str, Any] = json.loads(answer.get_data()) if answer.get_data() else {}
        return told

    def person(self, name: str = "Jo Smith", /, **other: Any) -> dict[str, Any]:
        """Somebody as Microsoft Entra sends them in its own mapping."""
        given, _, family = name.partition(" ")
        address = f"{given}.{family}@college.example".lower()
        return {
            "schemas": [f"{CORE}User", ENTERPRISE],
            "externalId": f"oid-{given}",
            "userName": address,
            "active": True,
            "displayName": f"{family.upper()} {given} (Student)",
            "emails": [{"primary": True, "type": "work", "value": address}],
            "meta": {"resourceType": "User"},
            "name": {"formatted": name, "familyName": family, "givenName": given},
            "phoneNumbers": [{"type": "mobile", "value": "07700900001"}],
            "roles": [],
            "title": "Student",
            **other,
        }

    def send(self, name: str = "Jo Smith", /, **other: Any) -> str:
        """Have somebody here; their id."""
        made = self.ask("POST", "/Users", self.person(name, **other), status=201)
        return str(made["id"])

    def group(self, name: str, *members: str) -> str:
        """Have a group here; its id."""
        sent = {
            "schemas": [f"{CORE}Group"],
            "externalId": f"oid-{name}",
            "displayName": name,
            "members": [{"value": one} for one in members],
        }
        return str(self.ask("POST", "/Groups", sent, status=201)["id"])

    def patch(self, path: str, *operations: dict[str, Any], status: int = 200) -> dict[str, Any]:
        """Say what has changed."""
        sent = {"schemas": [PATCH], "Operations": list(operations)}
        return self.ask("PATCH", path, sent, status=status)


def opened(app: Flask, by: Account, *, invites: bool = False) -> str:
    """The token of a new connection."""
    with app.app_context(), acting(by, utc_now()) as act:
        return connections.open_one(act, "Entra", invites=invites)


@pytest.fixture
def directory(tiny: Cast) -> Directory:
    """Its token works."""
    return Directory(tiny.visitor(), opened(tiny.app, tiny.account(Role.ADMIN)))
