"""The page in an audit pack that checks it in a browser, as an auditor on Windows does."""

import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from flask.testing import FlaskCliRunner
from playwright.sync_api import Browser, expect

from tests.support.cast import Cast

pytestmark = pytest.mark.browser

EARLIER = Path(__file__).parents[1] / "integration" / "audit_pack" / "packs"


@pytest.fixture
def pack(cast: Cast, runner: FlaskCliRunner, tmp_path: Path) -> Path:
    path = tmp_path / "pack.zip"

    def made() -> str:
        cast.graduate(cast.learner("Ann Lee"))
        return runner.invoke(args=["certificates", "export", "--out", str(path)]).output

    # Signing waits for an event loop of its own, and the browser's runs in this thread.
    with ThreadPoolExecutor(1) as elsewhere:
        assert "1 certificates" in elsewhere.submit(made).result()
    return path


def checked(chromium: Browser, page_of: Path, pack: Path, expected: str = "") -> str:
    """What the page says, opened from a folder and without a network."""
    page_file = pack.parent / "check.html"
    with zipfile.ZipFile(page_of) as archive:
        page_file.write_bytes(archive.read("check.html"))
    context = chromium.new_context(offline=True, viewport={"width": 1280, "height": 900})
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: complaints.append(said.text))
    page.goto(page_file.as_uri())
    page.fill("#expected", expected)
    page.set_input_files("#pack", pack)
    said = page.get_by_role("status")
    expect(said.locator(".good, .stop").first).to_be_visible()
    text = said.inner_text()
    context.close()
    assert complaints == []
    return text


def test_a_sound_pack_holds_of_this_release_and_of_earlier_ones(
    chromium: Browser, pack: Path, tmp_path: Path
) -> None:
    said = checked(chromium, pack, pack)
    assert "Everything holds." in said
    assert "1 certificates" in said
    fingerprint = said.split()[-1]
    assert "by the key that you expect" in checked(chromium, pack, pack, fingerprint.upper())
    assert "signed by another key" in checked(chromium, pack, pack, "0" * 64)
    for earlier in EARLIER.glob("*.zip"):
        old = tmp_path / earlier.name
        old.write_bytes(earlier.read_bytes())
        assert "Everything holds." in checked(chromium, pack, old)


def test_what_was_changed_is_named(chromium: Browser, pack: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(pack) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    entries = files["audit-chain.jsonl"].replace(b'"actor":"', b'"actor":"x', 1)
    changed = tmp_path / "changed.zip"
    with zipfile.ZipFile(changed, "w", zipfile.ZIP_DEFLATED) as archive:  # as others pack
        for name, data in (files | {"audit-chain.jsonl": entries, "extra.txt": b"x"}).items():
            archive.writestr(name, data)
    said = checked(chromium, pack, changed)
    assert "Something does not hold" in said
    for words in (
        "audit-chain.jsonl was changed",
        "not the entries that the signed checkpoint saw",
        "extra.txt is not in the manifest",
    ):
        assert words in said
    (tmp_path / "no.zip").write_bytes(b"no archive at all, though it is long enough to be read")
    assert "cannot be checked: this is not a ZIP file" in checked(
        chromium, pack, tmp_path / "no.zip"
    )
