"""Names of files and lines of the manifest: safe whatever people are called."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from induction.audit_pack import manifest
from induction.audit_pack.manifest import file_name

NUMBER = "MY2M-VEGA-JKAY-RTJ9"
HARD = ["../../etc/passwd", "a/b\\c", "", None, "ż" * 200, "..", "-x"]


@pytest.mark.parametrize("reference", HARD)
def test_t16_a_files_name_is_safe_on_every_file_system(reference: str | None) -> None:
    name = file_name(reference, NUMBER)
    folder, _, file = name.partition("/")
    assert folder == "certificates"
    assert file.endswith(f"-{NUMBER}.pdf")
    assert file.isascii()
    assert not set(file) & set('/\\:*?"<>| ')
    assert not file.startswith((".", "-"))
    assert len(file) < 80


def test_two_people_of_one_reference_never_collide() -> None:
    assert file_name("L1", NUMBER) != file_name("L1", "0000-0000-0000-0000")


@given(st.text(), st.none() | st.text())
def test_a_file_of_any_words_is_one_line_that_sed_can_read(name: str, note: str | None) -> None:
    entry = {"sha256": "0f" * 32, "file": "a.pdf", "name": name, "note": note}
    line = manifest.line(entry)
    assert b"\n" not in line
    assert json.loads(line) == entry
    assert line.startswith(b'{"sha256":"%s","file":"a.pdf",' % (b"0f" * 32))
