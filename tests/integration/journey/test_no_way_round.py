"""t10, t29: learners who try everything. No certificate without every pass; nothing by accident."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from induction.curriculum.model import Policy
from induction.people.models import Account
from tests.support.cast import Cast
from tests.support.learner import Learner
from tests.support.record import Ledger, ledger, rows
from tests.support.solver import right_choice
from tests.support.thorough import times

SLUGS = ["arriving", "badges", "final-check", "declaration", "no-such-part"]
SCENARIOS = ["late-for-class", "lunch-run", "forgotten-badge", "unknown", ""]
SCENES = ["", "at-the-desk", "on-the-way-back", "unknown"]
OPTIONS = [
    "side-door", "join-queue", "wait-to-sign", "walk-past", "sign-again", "wave",
    "ask-desk", "tell-tutor", "borrow-badge", "unknown", "",
]  # fmt: skip
LOOKS = ["", "/look-back", "/look-back/done", "/quiz", "/result", "/take-away"]


@dataclass(frozen=True)
class Act:
    """Something that somebody does with a browser, or without one."""

    kind: str  # honest | look | post | sign
    path: str = ""
    values: tuple[tuple[str, Any], ...] = ()
    rightly: bool = True


slugs = st.sampled_from(SLUGS)
honest = st.builds(
    lambda well, presses: [Act("honest", rightly=well > 0)] * presses,
    st.integers(0, 4),
    st.integers(1, 8),
)
look = st.builds(
    lambda slug, what: [Act("look", f"/induction/{slug}{what}")],
    slugs,
    st.sampled_from(LOOKS)
    | st.builds(
        "/{}/{}/{}".format,
        st.sampled_from(["quiz", "feedback"]),
        st.integers(0, 3),
        st.sampled_from([*SCENARIOS[:-1], "lunch-run/on-the-way-back"]),
    ),
)
post = st.builds(
    lambda slug, what, scenario, scene, number, options, content: [
        Act(
            "post",
            f"/induction/{slug}/{what}",
            (
                ("scenario", scenario),
                ("scene", scene),
                ("try", number),
                ("option", options),
                ("content", content),
            ),
        )
    ],
    slugs,
    st.sampled_from(["quiz", "look-back"]),
    st.sampled_from(SCENARIOS),
    st.sampled_from(SCENES),
    st.sampled_from(["", "1", "2", "0", "-1", "99999999999999999999", "²"]),
    st.lists(st.sampled_from(OPTIONS), max_size=3),
    st.sampled_from(["", "0" * 64]),
)
replay = st.just([Act("replay")])
sign = st.just([Act("sign")])
acts = st.lists(honest | look | post | post | replay | sign, max_size=10).map(
    lambda groups: [act for group in groups for act in group]
)


def earned(app: Flask, policy: Policy, account: Account) -> bool:
    """Whether what stands in the database passes every gate; marked here, not by the pages."""
    found = rows(
        app,
        "SELECT a.kind, a.step, a.number, a.asked, a.counted_of, a.pass_mark,"
        "       w.scenario, w.scene, w.chosen FROM attempt a JOIN answer w ON w.attempt_id = a.id"
        " JOIN enrolment e ON e.id = a.enrolment_id WHERE e.account_id = :id ORDER BY w.id",
        id=account.id,
    )
    right: dict[str, set[str]] = defaultdict(set)
    asked_of, tries, gates = {}, defaultdict(set), set()
    for kind, step, number, asked, counted, mark, scenario, scene, chosen in found:
        if kind == "look-back":
            continue
        scenes = policy.scenario(scenario)
        assert scenes is not None
        at = scenes.scene(scene)
        assert at is not None
        option = at.option(chosen.split()[0])
        if option and option.next:
            continue
        if sorted(chosen.split()) == sorted(right_choice(policy, scenario, scene)):
            right[step].add(scenario)
        tries[step, number].add(scenario)
        asked_of[step] = set(asked.split())
        reached = 100 * len(right[step] & set(counted.split())) / len(counted.split())
        if tries[step, number] == asked_of[step] and reached >= mark:
            gates.add(step)
    return gates == {"arriving", "badges", "final-check"}


def facts(app: Flask, account: Account) -> tuple[int, int, int]:
    """How many answers, declarations and certificates this person has."""
    mine = "FROM enrolment e JOIN {0} x ON x.enrolment_id = e.id WHERE e.account_id = :id"
    answers = mine.format("attempt").replace(
        " WHERE", " JOIN answer w ON w.attempt_id = x.id WHERE"
    )
    return tuple(
        rows(app, f"SELECT count(*) {each}", id=account.id)[0][0]
        for each in (answers, mine.format("declaration"), mine.format("certificate"))
    )


def do(act: Act, me: Learner, last: list[tuple[str, dict[str, Any]]], token: str) -> int:
    """Do it; returns the status of the answer. ``last`` is the form that was sent last."""
    client = me.visitor
    if act.kind == "honest":
        me.open()
        me.open(me.page.next_step["href"])
        if me.asked:
            last[:] = [(me.path, me.form.filled(option=me.choice(rightly=act.rightly)))]
        me.press(rightly=act.rightly)
        return 200
    if act.kind == "look":
        return client.get(act.path).status_code
    path, values = act.path, dict(act.values)
    if act.kind == "replay":
        path, values = last[0] if last else ("/induction/arriving/quiz", {})
    if act.kind == "sign":
        path, values = "/induction/declaration", {"full_name": me.name, "accept": "y"}
    return client.post(path, data={"csrf_token": token, **values}).status_code


@pytest.fixture
def watched(tiny: Cast) -> Any:
    with ledger(tiny.app) as watching:
        yield watching


@given(acts=acts)
@settings(
    max_examples=times(8),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_t10_no_sequence_of_requests_reaches_a_certificate_without_every_pass(
    tiny: Cast, watched: Ledger, acts: list[Act]
) -> None:
    account = tiny.learner()
    me = tiny.taking(account)
    me.visitor.inspecting = False
    token, last = me.visitor.token(), list[tuple[str, dict[str, Any]]]()
    before = facts(tiny.app, account)
    watched.changed()
    for act in acts:
        status = do(act, me, last, token)
        assert status < 500, f"{act}: {status}"
        after, changed = facts(tiny.app, account), watched.changed()
        assert changed == (after != before), f"{act}: written {changed}, {before} to {after}"
        assert after[2] == after[1] <= 1
        if after[2]:
            assert earned(tiny.app, tiny.policy, account), f"{act}: a certificate for nothing"
        before = after
    me.finish()  # whatever they did, the way to the end is open
    assert earned(tiny.app, tiny.policy, account)
    assert facts(tiny.app, account)[1:] == (1, 1)
