"""Which acts can be asked for. Each room states its own; the factory gathers them."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from flask import current_app
from sqlalchemy.orm import Session

from induction.approvals.models import Approval
from induction.audit.act import Act
from induction.people.models import Role
from induction.refusals import NotNow


def _nothing_against(_act: Act, _asked: Approval) -> None:
    """Nothing is in the way but what is found while it is carried out."""


def _on_its_own_page(_act: Act, _asked: Approval) -> str:
    raise NotNow("This is confirmed on a page of its own.")


def _nothing_ticked(_act: Act, _asked: Approval, _ticked: Collection[str]) -> None:
    """Nothing is chosen on its page."""


def _no_facts(_session: Session, _asked: Approval) -> dict[str, Any]:
    return {}


@dataclass(frozen=True, slots=True)
class ApprovalKind:
    """One sort of act that may take a second person, and how it is carried out.

    ``carry_out`` says what came of it; it and ``check`` raise NotNow where it does not fit (any
    more). ``settled`` is called after the commit.
    """

    name: str
    title: str
    carry_out: Callable[[Act, Approval], str] = _on_its_own_page
    deciders: tuple[Role, ...] = (Role.COMPLIANCE,)  # the officers of this kind: two of them
    always: bool = False  # two people wherever there are two, whatever the settings say
    waits: bool = False  # confirmed, it is carried out some days later
    stopped: Callable[[Act, Approval], None] = _nothing_against  # what follows where it is not done
    check: Callable[[Act, Approval], None] = _nothing_against  # before it is confirmed
    template: str = ""  # its part of the page: what will happen
    facts: Callable[[Session, Approval], dict[str, Any]] = _no_facts  # for that part
    # What whoever confirms it ticked in its part of the page, in boxes of the form “decide”.
    ticked: Callable[[Act, Approval, Collection[str]], None] = _nothing_ticked
    settled: Callable[[], None] | None = None
    href: Callable[[Approval], str] | None = None  # where it has a page of its own


def kinds() -> dict[str, ApprovalKind]:
    """Every kind of this application, by its name."""
    found: dict[str, ApprovalKind] = current_app.extensions["approvals"]
    return found
