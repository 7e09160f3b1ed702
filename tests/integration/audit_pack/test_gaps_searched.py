"""A search of the gaps finds many of one name: no more are looked at than the page takes."""

import re

import pytest

from induction.audit_pack import gaps
from induction.people.models import Role
from tests.support.cast import Cast

GAPS = "/compliance/certificates/gaps"


def test_people_of_a_common_name_come_in_pages_by_name_and_none_is_left_out(
    tiny: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gaps, "COUNTED_FOUND", 2)  # so four people are looked at together
    for n in range(32):
        one = tiny.learner(f"Ann{chr(ord('a') + n % 26)}{n:02} Smith")
        if n in (3, 4, 5, 6, 20):
            tiny.graduate(one)
    tiny.learner("Ann Other")
    officer = tiny.signed_in(tiny.account(Role.COMPLIANCE))
    first, second = (officer.read(f"{GAPS}?search=smith&page={n}").text for n in (1, 2))
    assert "1 to 25 of more than 25" in first
    assert "26 to 27 of 27" in second
    shown = [re.findall(r"Ann[a-z]\d\d Smith", text) for text in (first, second)]
    listed = [*dict.fromkeys(shown[0]), *dict.fromkeys(shown[1])]
    wanted = [f"Ann{chr(ord('a') + n % 26)}{n:02} Smith" for n in range(32)]
    held = {wanted[n] for n in (3, 4, 5, 6, 20)}
    assert listed == sorted(set(wanted) - held)
    assert "Ann Other" not in first + second
    assert "26 to 27 of 27" in officer.read(f"{GAPS}?search=smith&page=9").text
