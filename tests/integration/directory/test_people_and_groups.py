"""What a directory sends is carried out by the rules of a list, and in Entra's own ways too."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from induction.audit.act import acting
from induction.database import utc_now
from induction.extensions import db
from induction.people.models import Account, Role
from induction.personal_data import erasure
from induction.personal_data.holding import holding
from induction.tutoring import merging
from tests.integration.directory.conftest import ENTERPRISE, Directory, opened
from tests.support.cast import PASSWORD, Cast
from tests.support.importing import go_ahead, upload
from tests.support.record import actions, count, rows
from tests.support.thorough import times
from tests.support.traces import traces

ACCOUNT = (
    "SELECT full_name, email, learner_ref, audience, deactivated_at IS NOT NULL FROM account"
    " WHERE public_id = :id"
)
COHORT = (
    "SELECT c.name FROM membership m JOIN cohort c ON c.id = m.cohort_id JOIN account a"
    " ON a.id = m.account_id WHERE a.public_id = :id AND m.left_at IS NULL"
)


def account(tiny: Cast, public_id: str) -> tuple[Any, ...]:
    ((*facts,),) = rows(tiny.app, ACCOUNT, id=public_id)
    return tuple(facts)


def cohort(tiny: Cast, public_id: str) -> list[str]:
    return [name for (name,) in rows(tiny.app, COHORT, id=public_id)]


# ---- people --------------------------------------------------------------------------------------


def test_whoever_is_sent_is_a_learner_and_enrolled(
    tiny: Cast, directory: Directory, tmp_path: Path
) -> None:
    made = directory.send(
        userType="Staff", **{ENTERPRISE: {"employeeNumber": "S100", "department": "Haircut"}}
    )
    assert account(tiny, made) == (
        "Jo Smith", "jo.smith@college.example", "S100", "staff", 0
    )  # fmt: skip
    assert actions(tiny.app)[-3:] == [
        "people:account-created", "journey:enrolled", "directory:person-connected"
    ]  # fmt: skip
    assert count(tiny.app, "outbox_mail") == 0
    assert traces(tiny.app, "07700900001", "Haircut", backup=tmp_path / "copy") == [], (
        "what we do not use is not kept"
    )


def test_without_a_number_the_reference_is_what_stands_before_the_at(
    tiny: Cast, directory: Directory
) -> None:
    sent = directory.person()
    del sent["emails"]
    made = directory.ask("POST", "/Users", sent, status=201)
    assert made["emails"][0]["value"] == "jo.smith@college.example"
    assert account(tiny, made["id"])[2] == "jo.smith"


def test_somebody_from_a_list_is_met_by_the_name_that_the_directory_asks_for(
    tiny: Cast, directory: Directory
) -> None:
    known = tiny.learner("Jo Smyth", email="jo.smith@college.example")
    asked = "/Users?filter=userName+eq+%22Jo.Smith@college.example%22"
    found = directory.ask("GET", asked)
    assert [one["id"] for one in found["Resources"]] == [known.public_id]
    assert directory.ask("GET", "/Users")["totalResults"] == 0, "the others are not listed"
    person = {**directory.person(), "id": known.public_id}
    told = directory.ask("PUT", f"/Users/{known.public_id}", person)
    assert told["externalId"] == "oid-Jo"
    assert account(tiny, known.public_id)[:3] == ("Jo Smith", known.email, known.learner_ref)
    by_id = directory.ask("GET", '/Users?filter=externalId eq "oid-Jo"')
    assert by_id["totalResults"] == 1
    assert directory.ask("POST", "/Users", directory.person(), status=409)["scimType"] == (
        "uniqueness"
    )


def test_the_same_number_is_the_same_learner_with_a_new_address(
    tiny: Cast, directory: Directory
) -> None:
    known = tiny.learner("Jo Smith", email="old@college.example")
    person = directory.person(**{ENTERPRISE: {"employeeNumber": known.learner_ref}})
    assert directory.ask("POST", "/Users", person, status=201)["id"] == known.public_id
    assert account(tiny, known.public_id)[1] == "jo.smith@college.example"
    told = {mail for (mail,) in rows(tiny.app, "SELECT recipient FROM outbox_mail")}
    assert told == {"old@college.example", "jo.smith@college.example"}


ENDING: list[dict[str, Any]] = [
    {"op": "Replace", "path": "active", "value": "False"},
    {"op": "replace", "path": "active", "value": False},
    {"op": "Replace", "value": {"active": "False"}},
    {"op": "replace", "value": {"active": False, "nickName": "J"}},
]


@pytest.mark.parametrize("operation", ENDING, ids=json.dumps)
def test_whoever_is_barred_there_is_out_here_and_comes_back_as_they_were(
    tiny: Cast, directory: Directory, operation: dict[str, Any]
) -> None:
    learner = tiny.learner("Jo Smith", email="jo.smith@college.example")
    browser = tiny.signed_in(learner)
    here = f"/Users/{learner.public_id}"
    assert directory.patch(here, operation)["active"] is False
    assert browser.get("/induction").status_code == 303
    assert actions(tiny.app)[-1] == "people:deactivated"
    assert directory.patch(here, {"op": "Add", "path": "active", "value": "True"})["active"]
    assert tiny.visitor().sign_in(learner.email, PASSWORD).status_code == 303


def test_an_account_that_ended_here_is_not_opened_from_there(
    tiny: Cast, directory: Directory
) -> None:
    made = directory.send()
    admin = tiny.signed_in(tiny.account(Role.ADMIN))
    here = f"/admin/people/{made}"
    form = admin.read(here).form("reason")
    assert admin.send(form, {"act": "deactivate", "reason": "Left"}, at=here).status_code == 303
    on = {"op": "Replace", "path": "active", "value": "True"}
    assert directory.patch(f"/Users/{made}", on)["active"] is False


def test_what_was_opened_here_again_and_then_ended_here_is_not_opened_from_there(
    tiny: Cast, directory: Directory
) -> None:
    made = directory.send()
    directory.patch(f"/Users/{made}", {"op": "Replace", "path": "active", "value": "False"})
    admin = tiny.signed_in(tiny.account(Role.ADMIN))
    here = f"/admin/people/{made}"
    for act in ("reactivate", "deactivate"):
        form = admin.read(here).form("reason")
        assert admin.send(form, {"act": act, "reason": "Left"}, at=here).status_code == 303
    on = {"op": "Replace", "path": "active", "value": "True"}
    assert directory.patch(f"/Users/{made}", on)["active"] is False


@pytest.mark.parametrize(
    "asked",
    [
        'filter=externalId eq "\\ud800"',
        "filter=" + " and ".join(['userName eq "a"'] * 1500),
    ],
    ids=["half a character", "many terms"],
)
def test_a_filter_that_no_database_answers_is_refused_in_words(
    directory: Directory, asked: str
) -> None:
    for kind in ("Users", "Groups"):
        assert directory.ask("GET", f"/{kind}?{asked}", status=400)["status"] == "400"


def test_deleting_ends_and_sending_again_is_the_same_record(
    tiny: Cast, directory: Directory
) -> None:
    made = directory.send()
    directory.ask("DELETE", f"/Users/{made}", status=204)
    assert account(tiny, made)[4] == 1
    directory.ask("GET", f"/Users/{made}", status=404)
    assert directory.ask("GET", "/Users")["totalResults"] == 0
    other = directory.person(externalId="oid-somebody-else")
    refused = directory.ask("POST", "/Users", other, status=409)
    assert "Somebody else had this user name" in refused["detail"]
    assert directory.send() == made
    assert account(tiny, made)[4] == 0


def test_staff_are_ended_and_never_renamed_and_the_last_administrator_stays(
    tiny: Cast, directory: Directory
) -> None:
    tutor = tiny.account(Role.TUTOR, "Tess Tutor", "tess@college.example")
    here, browser = f"/Users/{tutor.public_id}", tiny.signed_in(tutor)
    changed = {"op": "Replace", "path": 'emails[type eq "work"].value', "value": "evil@x.example"}
    directory.patch(here, changed, {"op": "Replace", "path": "displayName", "value": "Eve"})
    assert account(tiny, tutor.public_id)[:2] == ("Tess Tutor", "tess@college.example")
    assert rows(tiny.app, "SELECT count(*) FROM enrolment") == [(0,)]
    off = {"op": "Replace", "path": "active", "value": "False"}
    assert directory.patch(here, off)["active"] is False
    assert browser.get("/tutor").status_code == 303
    ((admin,),) = rows(
        tiny.app, "SELECT a.public_id FROM account a JOIN account_role r ON r.account_id = a.id"
        " WHERE r.role = 'admin'",
    )  # fmt: skip
    refused = directory.patch(f"/Users/{admin}", off, status=409)
    assert "only administrator" in refused["detail"]
    assert account(tiny, admin)[4] == 0


ADDRESSES: list[dict[str, Any]] = [
    {"op": "Replace", "path": 'emails[type eq "work"].value', "value": "new@college.example"},
    {"op": "Add", "path": 'emails[type eq "work"].value', "value": "new@college.example"},
    {"op": "Replace", "value": {'emails[type eq "work"].value': "new@college.example"}},
    {
        "op": "Replace",
        "path": "emails",
        "value": [{"type": "work", "primary": "True", "value": "new@college.example"}],
    },
]


@pytest.mark.parametrize("operation", ADDRESSES, ids=json.dumps)
def test_an_address_changes_in_each_way_that_entra_says_so(
    tiny: Cast, directory: Directory, operation: dict[str, Any], tmp_path: Path
) -> None:
    made = directory.send()
    directory.patch(
        f"/Users/{made}",
        operation,
        {"op": "Replace", "path": "name.familyName", "value": "Jones"},
        {"op": "Add", "path": f"{ENTERPRISE}:department", "value": "Hair"},
        {"op": "Replace", "path": 'phoneNumbers[type eq "work"].value', "value": "07700900001"},
    )
    assert account(tiny, made)[:2] == ("Jo Jones", "new@college.example")
    assert traces(tiny.app, "07700900001", backup=tmp_path / "copy") == []


@pytest.mark.parametrize(
    ("wrong", "status", "words"),
    [
        ({"userName": ""}, 400, "userName"),
        ({"userName": "jo_x.example#EXT#@college.example"}, 400, "guest"),
        ({"emails": [{"value": "nowhere"}]}, 400, "not an email address"),
        ({"name": {}, "displayName": "\U0001f600"}, 400, "pictures"),
        ({"userName": "j\0"}, 400, "NUL"),
        ({"userName": "\ud800"}, 400, "JSON"),
        ({"userName": "a b%", "emails": [{"value": "a@b.example"}]}, 400, "reference"),
        ({"emails": [{"value": "taken@college.example"}], "userName": "taken"}, 409, "taken"),
    ],
)
def test_what_cannot_be_taken_is_refused_with_its_reason_and_changes_nothing(
    tiny: Cast, directory: Directory, wrong: dict[str, Any], status: int, words: str
) -> None:
    directory.send("Ta Ken", userName="taken@college.example",
                   emails=[{"value": "taken@college.example"}])  # fmt: skip
    before = count(tiny.app, "account"), count(tiny.app, "audit_entry")
    told = directory.ask("POST", "/Users", {**directory.person(), **wrong}, status=status)
    assert words in told["detail"]
    assert told["status"] == str(status)
    assert (count(tiny.app, "account"), count(tiny.app, "audit_entry")) == before


def test_what_is_asked_for_in_a_way_that_is_not_known_is_refused(directory: Directory) -> None:
    for asked in ('userName sw "a"', 'title eq "x"', "userName eq", 'not (userName eq "a")'):
        told = directory.ask("GET", f"/Users?filter={asked}", status=400)
        assert told["scimType"] in ("invalidFilter", "invalidPath")
    assert directory.ask("GET", "/Me", status=404)["status"] == "404"
    assert directory.ask("POST", "/.search", {}, status=501)["status"] == "501"


@pytest.mark.parametrize(
    "asked",
    ["startIndex=x", f"startIndex={10**30}", f"count={10**30}", "count=-1", "attributes=[,nope",
     "attributes=userName&excludedAttributes=emails", "filter=" + "(" * 2000, "startIndex=-5",
     'filter=userName eq "%F0%9F%98%80"', "sortBy=nope", "attributes=", "cursor=x"],
)  # fmt: skip
def test_whatever_is_asked_for_is_answered(directory: Directory, asked: str) -> None:
    made = directory.send()
    for path in (
        f"/Users?{asked}",
        f"/Groups?{asked}",
        f"/Users/{made}?{asked}",
        f"/Schemas?{asked}",
    ):
        answer = directory.visitor.get(
            f"/scim/v2{path}", headers={"Authorization": f"Bearer {directory.token}"}
        )
        assert answer.status_code in (200, 400), path[:60]
        assert json.loads(answer.get_data())["schemas"]


def test_a_page_of_the_list_has_as_many_as_asked_for(directory: Directory) -> None:
    made = [directory.send(name) for name in ("Ann Lee", "Bo Li", "Cy Lo")]
    page = directory.ask("GET", "/Users?startIndex=2&count=1&attributes=userName")
    assert (page["totalResults"], page["startIndex"], page["itemsPerPage"]) == (3, 2, 1)
    assert [one["id"] for one in page["Resources"]] == [made[1]]
    assert "emails" not in page["Resources"][0]
    assert directory.ask("GET", "/Users?count=0")["totalResults"] == 3


# ---- groups --------------------------------------------------------------------------------------


def test_a_group_is_the_cohort_of_its_name(tiny: Cast, directory: Directory) -> None:
    known = tiny.cohort("Hair 1")
    one, two = directory.send("Ann Lee"), directory.send("Bo Li")
    group = directory.group("hair 1", one)
    assert cohort(tiny, one) == [known.name]
    directory.patch(f"/Groups/{group}", {"op": "Add", "path": "members", "value": [{"value": two}]})
    assert cohort(tiny, two) == ["Hair 1"]
    both = directory.ask("GET", f"/Groups/{group}")
    assert {member["value"] for member in both["members"]} == {one, two}
    quick = directory.ask(
        "GET", '/Groups?excludedAttributes=members&filter=displayName eq "Hair 1"'
    )
    assert "members" not in quick["Resources"][0]
    directory.patch(f"/Groups/{group}", {"op": "Replace", "path": "displayName", "value": "Hair A"})
    assert cohort(tiny, one) == ["hair 1".title()], "here it is called as its tutors call it"


LEAVING = [
    {"op": "Remove", "path": "members", "value": [{"value": "{one}"}]},
    {"op": "remove", "path": 'members[value eq "{one}"]'},
    {"op": "Replace", "path": "members", "value": [{"value": "{two}"}]},
]


@pytest.mark.parametrize("operation", LEAVING, ids=json.dumps)
def test_whoever_leaves_a_group_goes_to_the_other_one_or_to_none(
    tiny: Cast, directory: Directory, operation: dict[str, Any]
) -> None:
    one, two = directory.send("Ann Lee"), directory.send("Bo Li")
    directory.group("Everybody", one, two)
    group = directory.group("Hair", one, two)
    assert cohort(tiny, one) == cohort(tiny, two) == ["Hair"]
    text = json.dumps(operation).replace("{one}", one).replace("{two}", two)
    directory.patch(f"/Groups/{group}", json.loads(text))
    assert (cohort(tiny, one), cohort(tiny, two)) == (["Everybody"], ["Hair"])
    everybody = directory.ask("GET", '/Groups?filter=displayName eq "Everybody"')["Resources"][0]
    directory.patch(f"/Groups/{everybody['id']}", json.loads(text))
    assert cohort(tiny, one) == []
    assert "people:cohort-left" in actions(tiny.app)


def test_whom_a_tutor_has_moved_stays_there_until_the_directory_says_something_new(
    tiny: Cast, directory: Directory
) -> None:
    one = directory.send("Ann Lee")
    group = directory.group("Hair", one)
    other = tiny.cohort("Nails")
    head = tiny.signed_in(tiny.account(Role.HEAD))
    here = f"/tutor/learners/{one}/move"
    values = {"cohort": other.public_id, "reason": "Changed course"}
    assert head.send(head.read(here).form("reason"), values, at=here).status_code == 303
    directory.patch(
        f"/Groups/{group}", {"op": "Remove", "path": "members", "value": [{"value": one}]}
    )
    assert cohort(tiny, one) == ["Nails"]


def test_a_deleted_group_leaves_its_cohort_and_who_is_in_it(
    tiny: Cast, directory: Directory
) -> None:
    one = directory.send("Ann Lee")
    group = directory.group("Hair", one)
    told = directory.ask("POST", "/Groups", {"displayName": "HAIR"}, status=409)
    assert told["scimType"] == "uniqueness"
    directory.ask("DELETE", f"/Groups/{group}", status=204)
    directory.ask("GET", f"/Groups/{group}", status=404)
    assert cohort(tiny, one) == ["Hair"]
    assert directory.group("Hair") != group
    assert cohort(tiny, one) == ["Hair"]


def test_a_group_within_a_group_is_refused(directory: Directory) -> None:
    group = directory.group("Hair")
    nested = {"op": "Add", "path": "members", "value": [{"value": group}]}
    told = directory.patch(f"/Groups/{directory.group('All')}", nested, status=400)
    assert "people alone" in told["detail"]


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=12),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["value", "type", "primary", "$ref", "givenName", "active", "x", ""]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=6,
)
PATHS = st.sampled_from(
    ["active", "members", "emails", 'emails[type eq "work"].value', "members[value eq 1]", "name",
     "name.givenName", "displayName", f"{ENTERPRISE}:employeeNumber", ENTERPRISE, "userName", "[",
     "emails[", "id", "meta.location", "a.b.c.d", ""]
) | st.text(max_size=8)  # fmt: skip
OPERATIONS = st.fixed_dictionaries(
    {"op": st.sampled_from(["add", "Replace", "remove", "move"]) | ANYTHING},
    optional={"path": PATHS | ANYTHING, "value": ANYTHING},
)
SENT = st.dictionaries(
    st.sampled_from(
        ["userName", "displayName", "emails", "name", "active", "members", "externalId", "schemas",
         ENTERPRISE, "userType", "id", "Operations"]
    ),
    ANYTHING,
    max_size=5,
)  # fmt: skip


@given(
    st.sampled_from(["PUT", "PATCH", "POST"]),
    st.booleans(),
    SENT | st.fixed_dictionaries({"Operations": st.lists(OPERATIONS, max_size=3)}) | ANYTHING,
)
@settings(
    max_examples=times(60),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_whatever_is_sent_is_answered_in_the_words_of_the_standard(
    tiny: Cast, directory: Directory, method: str, of_group: bool, sent: Any
) -> None:
    if not directory.ids:
        directory.ids = {True: directory.group("Hair"), False: directory.send()}
    path = f"/{'Groups' if of_group else 'Users'}"
    if method != "POST":
        path += f"/{directory.ids[of_group]}"
    answer = directory.visitor.open(
        f"/scim/v2{path}",
        method=method,
        data=json.dumps(sent),
        headers={"Authorization": f"Bearer {directory.token}"},
        content_type="application/scim+json",
    )
    assert answer.status_code < 500
    assert answer.mimetype == "application/scim+json"
    assert json.loads(answer.get_data())["schemas"]


# ---- the token -----------------------------------------------------------------------------------


def test_an_administrator_opens_a_connection_sees_its_token_once_and_ends_it(
    tiny: Cast, tmp_path: Path
) -> None:
    admin, here = tiny.signed_in(tiny.account(Role.ADMIN)), "/admin/directory"
    form = admin.read(here).form("name")
    assert admin.send(form, {"name": "  "}, at=here).status_code == 422
    shown = admin.send(form, {"name": "Entra", "invites": "y"}, at=here)
    token = shown.get_data(as_text=True).split("Secret Token")[1].split("<code>")[1].split("<")[0]
    assert token not in admin.get(here).get_data(as_text=True)
    assert traces(tiny.app, token, backup=tmp_path / "copy") == []
    directory = Directory(tiny.visitor(), token)
    assert directory.ask("GET", "/Users")["totalResults"] == 0
    made = directory.send()
    assert rows(tiny.app, "SELECT recipient FROM outbox_mail") == [("jo.smith@college.example",)]
    ((who,),) = rows(
        tiny.app, "SELECT actor FROM audit_entry WHERE action = 'people:account-created'"
        " AND subject = :who", who=f"account:{made}",
    )  # fmt: skip
    assert who.startswith("directory:")
    page = admin.read(here)
    assert "Last heard of" in page.text
    end = next(form for form in page.forms if form.action.endswith("/close"))
    assert admin.send(end).status_code == 303
    directory.ask("GET", "/Users", status=401)
    assert actions(tiny.app)[-1] == "directory:closed"
    assert admin.send(end).status_code == 303, "twice is once"
    assert actions(tiny.app).count("directory:closed") == 1


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer wrong", "Basic {}", "Bearer {} x"])
def test_without_the_token_nothing_is_told(tiny: Cast, directory: Directory, header: str) -> None:
    sent = {"Authorization": header.format(directory.token)}
    for path in ("/Users", "/Schemas", "/nothing"):
        answer = tiny.visitor().get(f"/scim/v2{path}", headers=sent)
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"] == "Bearer"
        assert json.loads(answer.get_data())["status"] == "401"


def test_erasing_takes_what_the_directory_said_and_the_copy_for_a_person_has_it(
    tiny: Cast, directory: Directory, tmp_path: Path
) -> None:
    one = directory.send("Zvzq Lee", externalId="oid-zvzq")
    directory.group("Hair", one)
    with tiny.app.app_context():
        person = db.session.scalars(select(Account).where(Account.public_id == one)).one()
        held = holding(db.session(), tiny.app.extensions["content"], person)
        assert held["directory"][0]["external_id"] == "oid-zvzq"
        with acting(tiny.account(Role.ADMIN), utc_now()) as act:
            person = act.session.get_one(Account, person.id)
            erasure.erase(act, person, tiny.app.extensions["settings"].instance)
    assert traces(tiny.app, "oid-zvzq", backup=tmp_path / "copy") == []
    directory.ask("GET", f"/Users/{one}", status=404)


def test_a_list_and_the_directory_agree_on_who_somebody_is(
    tiny: Cast, directory: Directory
) -> None:
    made = directory.send(**{ENTERPRISE: {"employeeNumber": "S100"}})
    admin = tiny.signed_in(tiny.account(Role.ADMIN))
    text = "learner_ref,full_name,email,cohort\nS100,Jo Smith,jo.smith@college.example,Hair\n"
    assert go_ahead(admin, upload(admin, text.encode())) == 303
    assert cohort(tiny, made) == ["Hair"]
    assert opened(tiny.app, tiny.account(Role.ADMIN)) != directory.token


def test_two_accounts_that_are_one_person_are_one_for_the_directory_too(
    tiny: Cast, directory: Directory
) -> None:
    known = tiny.learner("Jo Smith", email="jo.at.home@x.example")
    sent = directory.send()
    group = directory.group("Hair", sent)
    with tiny.app.app_context(), acting(tiny.account(Role.COMPLIANCE), utc_now()) as act:
        query = select(Account).where(Account.public_id.in_([known.public_id, sent]))
        both = {one.public_id: one for one in act.session.scalars(query)}
        one = merging.Merge(both[known.public_id], both[sent], take_details=False)
        merging.merge(act, one, "The same person")
    directory.ask("GET", f"/Users/{sent}", status=404)
    found = directory.ask("GET", '/Users?filter=userName eq "jo.smith@college.example"')
    assert [one["id"] for one in found["Resources"]] == [known.public_id]
    members = directory.ask("GET", f"/Groups/{group}")["members"]
    assert [one["value"] for one in members] == [known.public_id]
    off = {"op": "Replace", "path": "active", "value": "False"}
    assert directory.patch(f"/Users/{known.public_id}", off)["active"] is False


def test_somebody_without_an_address_is_sent_too(tiny: Cast, directory: Directory) -> None:
    person = {**directory.person(), "userName": "jsmith1"}
    del person["emails"]
    made = directory.ask("POST", "/Users", person, status=201)["id"]
    assert account(tiny, made)[:3] == ("Jo Smith", None, "jsmith1")
    assert directory.ask("GET", f"/Users/{made}")["userName"] == "jsmith1"
