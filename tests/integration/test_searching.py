"""People are found however their names are typed, on SQLite and on PostgreSQL alike."""

from dataclasses import replace
from urllib.parse import urlencode

import pytest
from sqlalchemy import ARRAY, String, func, literal, select

from induction.config import Settings
from induction.extensions import db
from induction.folding import fold
from induction.people.models import Role
from induction.searching import Folded
from tests.conftest import AppMaker
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


@pytest.fixture(params=["sqlite", "postgresql"])
def cast(request: pytest.FixtureRequest, make_app: AppMaker, settings: Settings) -> Cast:
    """People with names of Europe, in either database."""
    if request.param == "postgresql":
        settings = replace(settings, database_url=request.getfixturevalue("postgres_url"))
    cast = Cast(make_app(settings))
    for name in NAMES:
        cast.learner(name, email="hannah_m@college.example" if "Hannah" in name else "")
    return cast


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


def test_cohorts_and_certificates_are_found_in_the_same_way(tiny: Cast) -> None:
    learner = tiny.learner("Zoë d’Arcy", cohort=tiny.cohort("Pâtisserie, niveau 2"))
    number = tiny.graduate(learner)
    officer = tiny.signed_in(tiny.account(Role.COMPLIANCE))
    assert "Pâtisserie, niveau 2" in officer.read("/tutor?search=2+PATISSERIE").links
    for typed in ("D'ARCY zoe", "darcy"):
        found = officer.read(f"/compliance/certificates?{urlencode({'search': typed})}")
        assert number in found.text, typed


def test_the_databases_fold_every_letter_of_europe_alike(
    make_app: AppMaker, settings: Settings, postgres_url: str
) -> None:
    signs = list(map(chr, [*range(0x20, 0x180), *range(0x300, 0x460), *range(0x1E00, 0x1EFA)]))
    with make_app(replace(settings, database_url=postgres_url)).app_context():
        one = func.unnest(literal(signs, ARRAY(String))).table_valued("sign").render_derived()
        folded = db.session().execute(select(one.c.sign, Folded(one.c.sign))).all()
    assert dict(folded) == {sign: fold(sign) for sign in signs}
