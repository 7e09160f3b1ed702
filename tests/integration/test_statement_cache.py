"""Statements of every page are built once, and SQLAlchemy keeps what it made of them (ADR 10)."""

from flask import Flask

from induction.extensions import db
from tests.support.cast import Cast


def test_opening_the_same_pages_again_compiles_no_statement(tiny: Cast) -> None:
    learner = tiny.taking(tiny.learner("Amina Yusuf"))
    section = next(section.slug for section in tiny.policy.sections)
    pages = ("/induction", f"/induction/{section}", "/certificates")
    kept = []
    for _ in range(3):
        for page in pages:
            assert learner.visitor.get(page).status_code in (200, 303)
        kept.append(compiled(tiny.app))
    assert 0 < kept[1] == kept[2], (
        "SQLAlchemy compiled statements again that it had compiled: it no longer finds what it "
        "made of a statement that is built once, and every page is slower by some milliseconds"
    )


def compiled(app: Flask) -> int:
    """How many statements the engine has compiled and keeps."""
    with app.app_context():
        return len(db.engine._compiled_cache or ())
