"""People are found however their names are typed, on SQLite and on PostgreSQL alike."""

from urllib.parse import urlencode

import pytest
from flask import Flask
from sqlalchemy import ARRAY, String, func, literal, select

from induction.extensions import db
from induction.folding import fold
from induction.people.models import Role
from induction.progress import keeping
from induction.searching import Folded
from tests.support.cast import Cast

NAMES = {
    "Seán Ó Briain": ("SEÁN", "sean", "briain  sean", "Séan"),
    "Łukasz García": ("lukasz", "ŁUKASZ", "Garcia Lukasz"),
    "Orla O’Brien": ("O'Brien", "o’brien", "OBRIEN orla", "o`brien"),
    "Hannah Miller": ("Miller Hannah", "Hannah  Miller", "miller L7004", "hannah_m@"),
    "Jürgen Weiß": ("WEISS", "weiß jurgen"),
    "Søren Æbelø": ("soren", "AEBELO"),
    "Юлія Ґудзь": ("юлія", "ҐУДЗЬ"),
    "Γιώργος Παππάς": ("γιωργοσ", "ΠΑΠΠΑΣ"),
}


@pytest.fixture(params=["sqlite", "sqlite, a moment later", "postgresql, a moment later"])
def cast(request: pytest.FixtureRequest) -> Cast:
    """People with names of Europe, in either database: just written, or in the index by now."""
    on = "app_on_postgres" if "postgresql" in request.param else "app"
    cast = Cast(request.getfixturevalue(on))
    for name in NAMES:
        cast.learner(name, email="hannah_m@college.example" if "Hannah" in name else "")
    if "later" in request.param:
        a_moment_passes(cast)
    return cast


def a_moment_passes(cast: Cast) -> None:
    """In which the worker brings up to date what is kept of people."""
    with cast.app.app_context():
        keeping.chore()


def test_people_are_found_however_they_are_typed(cast: Cast) -> None:
    admin = cast.signed_in(cast.account(Role.ADMIN))
    for name, typings in NAMES.items():
        for typed in typings:
            found = admin.get("/tutor/learners", query_string={"search": typed})
            assert found.status_code == 303, f"{typed}: one person, whose record opens"
            assert admin.read(found.location).heading == name
            assert name in admin.read(f"/admin/people?{urlencode({'search': typed})}").text, typed


def test_every_word_has_to_occur_and_none_is_a_wildcard(cast: Cast) -> None:
    admin = cast.signed_in(cast.account(Role.ADMIN))
    for typed in ("Hannah García", "%", "h_nnah", "han/nah", "\\"):
        page = admin.read(f"/tutor/learners?{urlencode({'search': typed})}")
        assert "Nobody fits" in page.text, typed


def test_who_holds_no_certificate_is_found_in_the_same_way(cast: Cast) -> None:
    officer = cast.signed_in(cast.account(Role.COMPLIANCE))
    for name, typings in NAMES.items():
        for typed in (one for one in typings if "@" not in one):  # addresses are not looked at
            query = urlencode({"search": typed})
            assert name in officer.read(f"/compliance/certificates/gaps?{query}").text, typed
            pack = officer.read(f"/compliance/certificates/export?{query}").text
            assert "1, each with the reason" in pack, typed
    assert "No gaps" in officer.read("/compliance/certificates/gaps?search=nobody").text
    assert "done" in officer.read("/compliance").text


@pytest.mark.parametrize("later", [False, True])
def test_cohorts_and_certificates_are_found_in_the_same_way(tiny: Cast, later: bool) -> None:
    learner = tiny.learner("Zoë d’Arcy", cohort=tiny.cohort("Pâtisserie, niveau 2"))
    number = tiny.graduate(learner)
    if later:
        a_moment_passes(tiny)
    officer = tiny.signed_in(tiny.account(Role.COMPLIANCE))
    assert "Pâtisserie, niveau 2" in officer.read("/tutor?search=2+PATISSERIE").links
    for typed in ("D'ARCY zoe", "darcy"):
        found = officer.read(f"/compliance/certificates?{urlencode({'search': typed})}")
        assert number in found.text, typed


def test_a_word_begins_a_word_or_a_part_of_one(tiny: Cast) -> None:
    found = {
        "Ann Smith-Jones": ("smi", "jon", "smith-jo", "ann jones"),
        "Wang 小明": ("wan", "小", "明", "小明"),
        "Bo Lee": ("l7003", "7003", "bo.l", "le@"),
    }
    for name in found:
        tiny.learner(name, email="bo.le@college.example" if name == "Bo Lee" else "")
    admin = tiny.signed_in(tiny.account(Role.ADMIN))
    a_moment_passes(tiny)
    for name, typings in found.items():
        for typed in typings:
            page = admin.read(f"/admin/people?{urlencode({'search': typed})}")
            assert name in page.text, typed
    for typed in ("mith", "ones", "003", "college"):
        assert "Nobody" in admin.read(f"/admin/people?{urlencode({'search': typed})}").text, typed


def test_the_databases_fold_every_letter_of_europe_alike(app_on_postgres: Flask) -> None:
    signs = list(map(chr, [*range(0x20, 0x180), *range(0x300, 0x460), *range(0x1E00, 0x1EFA)]))
    with app_on_postgres.app_context():
        one = func.unnest(literal(signs, ARRAY(String))).table_valued("sign").render_derived()
        folded = db.session().execute(select(one.c.sign, Folded(one.c.sign))).all()
    assert dict(folded) == {sign: fold(sign) for sign in signs}
