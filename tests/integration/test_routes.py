"""t03: every address with who may open it, pinned here. An address that is missing here fails."""

import re

import pytest
from flask import Flask
from werkzeug.routing import Rule
from werkzeug.routing.converters import AnyConverter, IntegerConverter

from induction.config import Settings
from induction.extensions import db
from induction.people.models import Role
from induction.site.pages import privacy
from tests.conftest import AppMaker
from tests.support.cast import Cast
from tests.support.client import Visitor
from tests.support.queries import statements

# Who may open it, with which methods, at which address.
TABLE = """
anyone             GET       /
anyone             GET       /accessibility
anyone             GET       /apple-touch-icon.png
anyone             GET POST  /forgotten-password
anyone             GET POST  /comfort
anyone             GET       /favicon.ico
anyone             GET       /healthz
anyone             GET       /help
anyone             GET       /help/<slug>
anyone             GET POST  /link/<token>
anyone             GET POST  /link/<token>/password
anyone             POST      /link/<token>/again
anyone             GET       /link/<token>/provider
anyone             GET       /logo/<digest>.png
anyone             GET       /manifest.webmanifest
anyone             GET       /media/<sha256>.<kind>
anyone             GET       /metrics
anyone             GET       /offline
anyone             GET       /privacy
anyone             GET       /readyz
anyone             GET POST  /account/second-step/app
anyone             POST      /account/second-step/passkey
anyone             POST      /account/second-step/passkey/options
anyone             GET POST  /report
anyone             GET POST  /report/follow-up
anyone             GET       /report/sent
anyone             GET POST  /revisit/<link>
anyone             GET       /revisit/<link>/<int:number>
anyone             GET       /revisit/<link>/<int:number>/<scene_id>
anyone             GET       /revisit/<link>/kept
anyone             GET POST  /sign-in
anyone             GET       /scim/v2/<path:rest>
anyone             POST      /scim/v2/.search
anyone             GET POST  /scim/v2/Groups
anyone             GET PUT PATCH DELETE /scim/v2/Groups/<public_id>
anyone             GET       /scim/v2/ResourceTypes
anyone             GET       /scim/v2/ResourceTypes/<name>
anyone             GET       /scim/v2/Schemas
anyone             GET       /scim/v2/Schemas/<name>
anyone             GET       /scim/v2/ServiceProviderConfig
anyone             GET POST  /scim/v2/Users
anyone             GET PUT PATCH DELETE /scim/v2/Users/<public_id>
anyone             GET POST  /sign-in/card
anyone             GET POST  /sign-in/class
anyone             GET POST  /sign-in/class/<code>
anyone             POST      /sign-in/passkey
anyone             POST      /sign-in/passkey/options
anyone             GET       /sign-in/provider
anyone             GET       /sign-in/provider/answer
anyone             GET POST  /sign-in/second-step
anyone             GET POST  /sign-in/second-step/link
anyone             POST      /sign-out
anyone             GET       /signed-out
anyone             GET       /static/<path:name>
anyone             GET POST  /verify
anyone             GET POST  /verify/<number>
anyone             GET       /verify/keys/<fingerprint>.pem
anyone             GET       /verify/public-key.pem
anyone             GET       /worker.js

signed-in          GET       /account
signed-in          GET POST  /account/devices
signed-in          GET POST  /account/first-password
signed-in          POST      /account/password
signed-in          GET POST  /account/prove
signed-in          GET       /account/prove/provider
signed-in          GET       /account/provider
signed-in          POST      /account/reminders
signed-in          GET POST  /account/second-step
signed-in          GET       /certificates
signed-in          GET       /certificates/<number>
signed-in          GET       /certificates/<number>.pdf
signed-in          GET       /induction
signed-in          GET       /induction/<slug>
signed-in          GET POST  /induction/<slug>/do-it-now
signed-in          GET       /induction/<slug>/feedback/<int:number>/<scenario_id>
signed-in          GET POST  /induction/<slug>/look-back
signed-in          GET       /induction/<slug>/look-back/done
signed-in          GET POST  /induction/<slug>/quiz
signed-in          GET       /induction/<slug>/quiz/<int:number>/<scenario_id>
signed-in          GET       /induction/<slug>/quiz/<int:number>/<scenario_id>/<scene_id>
signed-in          GET       /induction/<slug>/result
signed-in          GET       /induction/<slug>/take-away
signed-in          GET POST  /induction/declaration
signed-in          GET POST  /induction/ask
signed-in          GET POST  /induction/my-changes
signed-in          POST      /induction/renewal
signed-in          GET       /policy/document

staff              GET       /style
overseers          GET       /tutor
overseers          GET       /tutor/cohorts.<any:kind>
overseers          GET       /tutor/cohorts/<public_id>
overseers          POST      /tutor/cohorts/<public_id>/<any:what>
overseers          GET       /tutor/cohorts/<public_id>/cards
overseers          POST      /tutor/cohorts/<public_id>/cards.pdf
overseers          POST      /tutor/cohorts/<public_id>/class-code
overseers          GET POST  /tutor/cohorts/<public_id>/edit
overseers          GET       /tutor/cohorts/<public_id>/learners.<any:kind>
overseers          GET       /tutor/learners.<any:kind>
overseers          GET       /tutor/cohorts/<public_id>/misconceptions
overseers          GET       /tutor/cohorts/<public_id>/register
overseers          GET POST  /tutor/cohorts/<public_id>/remind
overseers          GET POST  /tutor/cohorts/new
overseers          GET POST  /tutor/enrol
overseers          GET POST  /tutor/import
overseers          GET POST  /tutor/import/<public_id>
overseers          POST      /tutor/import/<public_id>/again
overseers          POST      /tutor/import/<public_id>/rows
overseers          POST      /tutor/import/<public_id>/stop
overseers          GET POST  /tutor/imports/<stamp>
overseers          POST      /tutor/imports/<stamp>/again
overseers          POST      /tutor/imports/<stamp>/stop
overseers          GET       /tutor/invitations
overseers          POST      /tutor/invitations/<stamp>/call-back
overseers          GET       /tutor/figures
overseers          GET       /tutor/figures/list.<any:kind>
overseers          GET       /tutor/learners
overseers          GET       /tutor/learners/<public_id>
overseers          GET POST  /tutor/learners/<public_id>/<any:name>
overseers          GET       /tutor/misconceptions
overseers          GET       /tutor/newcomers
overseers          GET POST  /tutor/newcomers/<public_id>
overseers          POST      /tutor/newcomers/<public_id>/nobody
overseers          GET POST  /tutor/people/<public_id>/details
overseers          GET POST  /tutor/remind
overseers          GET POST  /tutor/selection/<any:name>
overseers          GET POST  /tutor/selection/undo/<stamp>
overseers          GET POST  /tutor/to-hand-over
overseers          GET POST  /tutor/views
overseers          POST      /tutor/views/<public_id>/delete
overseers          GET       /tutor/to-hand-over/<public_id>

readers            GET       /compliance/reports
readers            GET       /compliance/reports/list.<any:kind>
readers            GET POST  /compliance/reports/<public_id>
readers            GET       /compliance/reports/<public_id>/pictures/<int:number>.png
compliance+admin   GET POST  /tutor/reminders
compliance+admin   GET POST  /tutor/people/<public_id>/same-person
deciders           GET       /compliance/approvals
deciders           GET POST  /compliance/approvals/<public_id>

compliance         GET       /compliance
evidence           GET       /compliance/attempts/<enrolment>/<kind>/<step>/<int:number>
evidence           GET       /compliance/audit
compliance         GET       /compliance/audit/list.<any:kind>
evidence           GET       /compliance/audit/verify
evidence           GET       /compliance/certificates
compliance         GET POST  /compliance/certificates/<number>/again
evidence           GET       /compliance/certificates/<number>/evidence
compliance         GET POST  /compliance/certificates/<number>/reissue
compliance         GET POST  /compliance/certificates/<number>/revoke
compliance         POST      /compliance/certificates/<number>/revoke/decline
evidence           GET POST  /compliance/certificates/export
evidence           GET       /compliance/certificates/gaps
compliance         GET       /compliance/certificates/gaps/list.<any:kind>
compliance         GET       /compliance/certificates/list.<any:kind>
evidence           GET       /compliance/clauses
compliance         GET       /compliance/item-statistics
evidence           GET       /compliance/clauses/<clause_id>
compliance         GET       /compliance/kept
personal-data      GET POST  /compliance/personal-data
personal-data      GET POST  /compliance/personal-data/periods/<record_class>
personal-data      GET       /compliance/personal-data/requests/<public_id>/copy.zip
compliance         GET       /compliance/policy
compliance         GET POST  /compliance/policy/changes
compliance         GET POST  /compliance/policy/document
drafting           GET       /compliance/policy/draft
drafting           GET       /compliance/policy/draft/<any:kind>/<path:name>
compliance         POST      /compliance/policy/draft/<any:kind>/<path:name>
compliance         GET POST  /compliance/policy/draft/<public_id>/discard
drafting           GET       /compliance/policy/draft/<public_id>.zip
drafting           GET       /compliance/policy/draft/<public_id>/comments
drafting           POST      /compliance/policy/draft/comment/<any:kind>/<path:name>
drafting           POST      /compliance/policy/draft/comments/<public_id>/settle
compliance         POST      /compliance/policy/draft/begin
compliance         POST      /compliance/policy/draft/bring
compliance         GET POST  /compliance/policy/draft/changes
compliance         GET POST  /compliance/policy/draft/section
drafting           GET       /compliance/policy/draft/preview
drafting           GET       /compliance/policy/draft/preview/<path:name>
compliance         GET       /compliance/policy/documents/<int:document_id>
compliance         GET       /compliance/policy/versions/<int:version_id>
compliance         POST      /compliance/policy/versions/<int:version_id>/approve
compliance         POST      /compliance/policy/versions/<int:version_id>/call-back
compliance         GET       /compliance/policy/versions/<int:version_id>/people.csv
compliance         POST      /compliance/policy/versions/<int:version_id>/publish

admin              GET POST  /admin/directory
admin              POST      /admin/directory/<public_id>/close
admin              GET       /admin/health
admin              GET POST  /admin/people
admin              GET       /admin/mail
admin              POST      /admin/mail/<int:letter_id>
admin              GET       /admin/mail/texts
admin              GET POST  /admin/mail/texts/<name>
admin              POST      /admin/mail/test
admin              GET POST  /admin/people/<public_id>
admin              GET POST  /admin/settings
admin              GET POST  /admin/settings/words
"""
WHO = {
    "anyone": {None, *Role},
    "signed-in": set(Role),
    "staff": set(Role) - {Role.LEARNER},
    "overseers": {Role.TUTOR, Role.HEAD, Role.COMPLIANCE, Role.ADMIN},
    "readers": {Role.SAFEGUARDING, Role.SECOND_READER, Role.COMPLIANCE},
    "compliance+admin": {Role.COMPLIANCE, Role.ADMIN},
    "deciders": {Role.COMPLIANCE, Role.ADMIN, Role.DATA_PROTECTION},
    "personal-data": {Role.COMPLIANCE, Role.DATA_PROTECTION},
    "evidence": {Role.COMPLIANCE, Role.AUDITOR},
    "drafting": {Role.COMPLIANCE, Role.HEAD},
    "compliance": {Role.COMPLIANCE},
    "admin": {Role.ADMIN},
}


# They have tests of their own: the one would end what is being tried, the others are for whoever
# has typed a password and is not in yet. What directories ask shows a token and no cookie.
ON_THEIR_OWN = {
    "/sign-out", "/sign-in/second-step", "/sign-in/second-step/link", "/account/second-step/app",
    "/account/second-step/passkey", "/account/second-step/passkey/options", "/sign-in/passkey",
}  # fmt: skip
WORDS = re.compile(r"<any\([^)]*\):")  # which words an address takes is not pinned here
PINNED = {
    (method, line[line.index("/") :]): WHO[line.split()[0]]
    for line in TABLE.splitlines()
    if line
    for method in line[: line.index("/")].split()[1:]
}


OWN = {  # what a role of one purpose opens beside what everybody does who is signed in
    Role.SAFEGUARDING: {"readers"},
    Role.DATA_PROTECTION: {"deciders", "personal-data"},
    Role.AUDITOR: {"evidence"},
}


@pytest.mark.parametrize("role", OWN)
def test_t03_a_role_of_one_purpose_opens_nothing_else(role: Role) -> None:
    of_all = {"anyone", "signed-in", "staff"}
    assert {name for name, who in WHO.items() if role in who} == of_all | OWN[role]


def test_t03_an_auditor_sends_no_form_but_the_one_that_asks_for_a_pack() -> None:
    sent = {path for (method, path), who in PINNED.items() if method != "GET" and who != set(Role)}
    theirs = {path for path in sent if Role.AUDITOR in PINNED.get(("POST", path), set())}
    everybodys = {path for path in theirs if None in PINNED["POST", path]}
    assert theirs - everybodys == {"/compliance/certificates/export"}


def rules(app: Flask) -> dict[tuple[str, str], Rule]:
    """Every method and address that the application has."""
    return {
        (method, WORDS.sub("<any:", rule.rule)): rule
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }


def address(rule: Rule) -> str:
    """An address of this rule that leads to nothing in particular."""
    values: dict[str, object] = {}
    for name, converter in rule._converters.items():
        if isinstance(converter, AnyConverter):
            values[name] = min(converter.items)
        else:
            values[name] = 1 if isinstance(converter, IntegerConverter) else "nothing-here"
    built = rule.build(values)
    assert built is not None, rule
    return str(built[1])


def test_t03_every_address_is_in_the_table_and_nothing_else_is(app: Flask) -> None:
    found = set(rules(app))
    assert found - set(PINNED) == set(), "say in the table above who may open these"
    assert set(PINNED) - found == set(), "these are gone: take them out of the table"


def test_t03_a_view_that_does_not_say_who_may_open_it_is_not_served(
    make_app: AppMaker, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(privacy, "allowed")
    with pytest.raises(RuntimeError, match=r"site\.privacy does not say who may open it"):
        make_app(settings)


def ask(visitor: Visitor, method: str, path: str, token: str) -> int:
    """The status of this request; where a sign-in is asked for, 401."""
    data = {"csrf_token": token} if method == "POST" else None
    answer = visitor.open(path, method=method, data=data)
    asked = answer.status_code == 303 and answer.location.startswith("/sign-in")
    return 401 if asked else answer.status_code


@pytest.mark.parametrize("role", [None, *Role])
def test_t03_each_role_opens_its_own_pages_and_no_others(cast: Cast, role: Role | None) -> None:
    visitor = cast.signed_in(cast.account(role)) if role else cast.visitor()
    inputs = visitor.read("/account" if role else "/sign-in").all("input")
    token = next(i["value"] for i in inputs if i["name"] == "csrf_token")
    wrong = []
    with cast.app.app_context():
        engine = db.engine
    for (method, path), rule in rules(cast.app).items():
        if path in ON_THEIR_OWN or path.startswith("/scim/"):
            continue
        with statements(engine) as sent:
            status = ask(visitor, method, address(rule), token)
        if role in PINNED[method, path]:
            right = status not in {401, 403} and status < 500
        else:
            kept = [sql for sql in sent.writes if "refused_tally" not in sql]
            right = status == (403 if role else 401) and not kept
        if not right:
            wrong.append(f"{method} {path}: {status}")
    assert not wrong


@pytest.mark.parametrize("role", Role)
def test_t03_no_page_of_a_menu_links_where_its_role_may_not_go(tiny: Cast, role: Role) -> None:
    somebody = tiny.account(role)
    learner = tiny.learner(cohort=tiny.cohort("Bricks", somebody))
    assert tiny.graduate(learner)
    visitor = tiny.signed_in(somebody)
    served = tiny.app.url_map.bind("")
    menu = {a["href"] for nav in visitor.read("/account").all("nav") for a in nav.all("a")}
    closed, seen = set(), 0
    for page in menu:
        links = {a["href"].partition("#")[0] for a in visitor.read(page).all("a")}
        for link in sorted(link for link in links if link.startswith("/")):
            rule, _ = served.match(link.partition("?")[0], method="GET", return_rule=True)
            seen += 1
            if role not in PINNED["GET", WORDS.sub("<any:", rule.rule)]:
                closed.add(f"{page} leads to {link}")
    assert menu
    assert seen > len(menu)
    assert not closed
