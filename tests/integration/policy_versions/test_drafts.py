"""The draft of the policy in the browser: written in, checked, looked at, drawn up, discarded."""

import io
import json
import tracemalloc
import warnings
import zipfile
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any
from zlib import crc32

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from induction.config import PROJECT_ROOT
from induction.curriculum.loader import read_texts
from induction.people.models import Role
from induction.policy.store import Content
from induction.policy_versions.draft_zip import NotADraft, texts_in, unpacked
from tests.support.at_once import at_once
from tests.support.cast import Cast
from tests.support.client import Visitor
from tests.support.page import Page
from tests.support.record import actions, rows

DRAFT = "/compliance/policy/draft"
CLAUSE = f"{DRAFT}/clause/rule-06-record"
PAGE = f"{DRAFT}/file/content/social-media/03-permission-to-film.md"
TOP = f"{DRAFT}/file/content/social-media/policy.yaml"


@pytest.fixture
def officer(cast: Cast) -> Visitor:
    return cast.signed_in(cast.account(Role.COMPLIANCE, "Ola Officer"))


def content_of(app: Flask) -> Content:
    held: Content = app.extensions["content"]
    return held


def begin(officer: Visitor, source: str = "in-force") -> None:
    form = officer.read(DRAFT).form("source")
    assert officer.send(form, {"source": source}, at=DRAFT).status_code == 303


def save(officer: Visitor, path: str, words: str) -> TestResponse:
    return officer.send(officer.read(path).form("words"), {"words": words}, at=path)


def words_of(officer: Visitor, path: str) -> str:
    (typed,) = officer.read(path).form("words").fields["words"]
    return typed


def reword(officer: Visitor, path: str, old: str, new: str) -> None:
    words = words_of(officer, path)
    assert old in words
    assert save(officer, path, words.replace(old, new, 1)).status_code == 303


def draw_up(officer: Visitor, weight: str = "material") -> str:
    page = officer.read(f"{DRAFT}/changes")
    form = next(f for f in page.forms if "content" in f.fields)
    names = {*form.fields, *form.options}
    marks: dict[str, str | list[str]] = {n: weight for n in names if n.startswith("weight:")}
    marks |= {n: "The law changed" for n in names if n.startswith("reason:")}
    response = officer.send(form, marks, at=f"{DRAFT}/changes")
    assert response.status_code == 303
    return str(response.location)


def press(officer: Visitor, version: str, act: str) -> None:
    form = next(f for f in officer.read(version).forms if f.action.endswith(act))
    assert officer.send(form, {}, at=version).status_code == 303


def drafts(app: Flask) -> list[tuple[Any, ...]]:
    return rows(app, "SELECT outcome, version_id FROM policy_draft ORDER BY id")


def test_other_words_of_a_rule_go_from_the_browser_to_every_learner(
    app: Flask, cast: Cast, officer: Visitor
) -> None:
    learner = cast.learner("Dana Done")
    cast.graduate(learner)
    way = cast.taking(learner)
    assert "Begin a draft" in officer.read("/compliance/policy").text
    begin(officer)
    page = officer.read(DRAFT).text
    assert "Nothing is to be mended, and nothing differs from what learners see" in page

    assert save(officer, CLAUSE, "You ask first.\n\nEvery ’time’: yes.").status_code == 303
    assert words_of(officer, CLAUSE) == "You ask first. Every ’time’: yes."
    reword(officer, f"{DRAFT}/history/history", "new branding", "new branding\n2026-01-31 Shorter")
    reword(officer, PAGE, "title: Permission to film", "title: Asking before you film")
    assert content_of(app).policy.clause("rule-06-record").words != "You ask first."
    shown = officer.read(f"{DRAFT}/preview/permission-to-film").text
    assert "You ask first. Every ’time’: yes." in shown
    assert "Asking before you film" in shown
    one = content_of(app).policy.section("permission-to-film").bank[0]
    asked = officer.read(f"{DRAFT}/preview/permission-to-film/{one.id}")
    for option in one.scenes[0].options:
        assert option.text in asked.text
    assert "Fits" in asked.text
    assert "Does not fit" in asked.text
    assert "Next situation" in asked.text
    for nowhere in ("permission-to-film/nothing", "nothing", "help/nothing"):
        assert officer.get(f"{DRAFT}/preview/{nowhere}").status_code == 404

    version = draw_up(officer)
    assert drafts(app) == [("drawn-up", int(version.rpartition("/")[2]))]
    assert "Version of 31 January 2026" in officer.read(version).text
    press(officer, version, "/approve")
    press(officer, version, "/publish")
    now = content_of(app).policy
    assert now.clause("rule-06-record").words == "You ask first. Every ’time’: yes."
    way.policy = now
    assert "The policy has changed" in way.open().text
    assert {"policy:draft-begun", "policy:draft-saved", "policy:drawn-up"} <= set(actions(app))

    begin(officer)  # names in braces are still names
    assert "{leaders}" in words_of(officer, TOP)
    assert "nothing differs from what learners see" in officer.read(DRAFT).text


def test_the_same_files_are_the_same_content_from_either_way(
    app: Flask, cast: Cast, officer: Visitor
) -> None:
    """A draft that nobody has written in is what the files are, to the letter."""
    begin(officer, "folder")
    words = dict(rows(app, "SELECT path, words FROM policy_draft_text"))
    assert words == read_texts(PROJECT_ROOT, "social-media")
    before = words_of(officer, CLAUSE)
    save(officer, CLAUSE, "Other words.")
    save(officer, CLAUSE, before)
    assert "nothing differs from what learners see" in officer.read(DRAFT).text


def test_a_slip_is_named_beside_the_words_and_stops_the_version(
    app: Flask, officer: Visitor
) -> None:
    begin(officer)
    path = f"{DRAFT}/scenario/older-face-app"
    reword(officer, path, "misconception:", "misconseption:")
    page = officer.read(path)
    assert "To be mended, line" in page.text
    assert "did you mean misconception?" in page.text
    overview = officer.read(DRAFT)
    assert "to be mended before a version can be drawn up" in overview.text
    assert "See what has changed" not in overview.text
    assert "Mend what the check has found" in officer.read(f"{DRAFT}/changes").text
    assert "cannot be shown as learners would see it" in officer.read(f"{DRAFT}/preview").text
    assert "to be mended elsewhere in the draft" in officer.read(CLAUSE).text

    reword(officer, path, "misconseption:", "misconception:")
    assert "Nothing is to be mended" in officer.read(DRAFT).text
    # A file that is no YAML any more has no parts: all of it can be mended.
    whole = f"{DRAFT}/file/quizzes/social-media/05-your-voice-and-privacy.yaml"
    saved = save(officer, path, "  - id: 'open\n")
    assert saved.location == whole
    assert "never closed" in officer.read(whole).text
    assert officer.get(path).status_code == 404


def test_what_is_on_record_keeps_its_name(app: Flask, cast: Cast, officer: Visitor) -> None:
    """A situation that somebody has answered stays, whatever a draft makes of it."""
    cast.graduate(cast.learner())
    (answered,) = rows(app, "SELECT scenario FROM answer ORDER BY id LIMIT 1")[0]
    begin(officer)
    path = f"{DRAFT}/scenario/{answered}"
    saved = save(officer, path, words_of(officer, path).replace(answered, "another-name"))
    assert saved.status_code == 303
    page = officer.read(DRAFT).text
    assert f"learners have answered the scenario {answered}, so it must stay; put it back" in page
    assert "Mend what the check has found" in officer.read(f"{DRAFT}/changes").text


def test_two_officers_write_side_by_side_and_none_overwrites_the_other(
    app: Flask, cast: Cast, officer: Visitor
) -> None:
    other = cast.signed_in(cast.account(Role.COMPLIANCE, "Otto Other"))
    begin(officer)
    mine, theirs = officer.read(CLAUSE).form("words"), other.read(CLAUSE).form("words")
    assert other.send(theirs, {"words": "From Otto."}, at=CLAUSE).status_code == 303
    refused = officer.send(mine, {"words": "From Ola."}, at=CLAUSE)
    assert refused.status_code == 422
    page = Page(refused.get_data(as_text=True))
    assert "Somebody has saved this since you opened it" in page.text
    assert page.form("words").fields["words"] == ["From Ola."]
    # Another rule of the same file is nobody's business.
    second = f"{DRAFT}/clause/rule-07-upload"
    form = officer.read(second).form("words")
    save(other, CLAUSE, "From Otto again.")
    assert officer.send(form, {"words": "From Ola."}, at=second).status_code == 303
    assert words_of(officer, CLAUSE) == "From Otto again."
    assert "Otto Other" in officer.read(CLAUSE).text or "Ola Officer" in officer.read(CLAUSE).text


def test_a_sign_that_nobody_sees_is_refused(officer: Visitor) -> None:
    begin(officer)
    refused = save(officer, CLAUSE, "Ask\u2028first.")
    assert refused.status_code == 422
    assert "an invisible character (U+2028)" in refused.get_data(as_text=True)


def test_a_discarded_draft_is_kept_and_another_begins_from_it(app: Flask, officer: Visitor) -> None:
    begin(officer)
    save(officer, CLAUSE, "Kept for later.")
    at = next(a["href"] for a in officer.read(DRAFT).all("a") if a["href"].endswith("/discard"))
    sure = officer.read(at)
    assert "content/social-media/policy.yaml" in sure.text
    form = next(
        f for f in sure.forms if f.method == "post" and "words" not in f.fields and f.action == ""
    )
    crowd = at_once([partial(officer.send, form, {}, at=at) for _ in range(3)])
    assert {answer.status_code for answer in crowd} == {303}
    assert actions(app).count("policy:draft-discarded") == 1
    assert drafts(app) == [("discarded", None)]

    page = officer.read(DRAFT)
    assert "Discarded" in page.text
    again = next(f for f in page.forms if "earlier" in f.fields)
    assert officer.send(again, {}, at=DRAFT).status_code == 303
    assert words_of(officer, CLAUSE) == "Kept for later."
    details = rows(app, "SELECT details FROM audit_entry WHERE action = 'policy:draft-begun'")
    assert [json.loads(row[0])["source"] for row in details] == ["in-force", "earlier"]


def test_one_draft_is_open_at_a_time(app: Flask, cast: Cast, officer: Visitor) -> None:
    form = officer.read(DRAFT).form("source")
    answers = at_once([partial(officer.send, form, {}, at=DRAFT) for _ in range(4)])
    assert {answer.status_code for answer in answers} == {303}
    assert drafts(app) == [("open", None)]


def test_a_head_of_programme_reads_and_does_not_write(cast: Cast, officer: Visitor) -> None:
    head = cast.signed_in(cast.account(Role.HEAD, "Hedy Head"))
    assert "No draft is open" in head.read(DRAFT).text
    begin(officer)
    assert "You get a clear yes" in head.read(CLAUSE).text
    assert not [form for form in head.read(CLAUSE).forms if "words" in form.fields]
    token = head.token()
    refused = head.post(CLAUSE, data={"csrf_token": token, "words": "Mine", "seen": ""})
    assert refused.status_code == 403


def test_a_draft_page_costs_the_same_however_much_was_written(
    officer: Visitor, queries: Any
) -> None:
    begin(officer)
    save(officer, CLAUSE, "Once.")
    officer.read(DRAFT)
    with queries() as few:
        officer.read(DRAFT)
    for number in range(5):
        save(officer, CLAUSE, f"Words number {number}.")
    officer.read(DRAFT)
    with queries() as many:
        officer.read(DRAFT)
    assert len(many) == len(few) <= 12


def packed(files: Mapping[str, bytes | str], **infos: int) -> io.BytesIO:
    """A ZIP with these files; ``infos`` gives one of them the attributes of something else."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            info = zipfile.ZipInfo(name)
            info.external_attr = infos.get("mode", 0o100644) << 16
            archive.writestr(info, data)
    out.seek(0)
    return out


def bring(officer: Visitor, file: io.BytesIO) -> TestResponse:
    given = {"csrf_token": officer.token(), "file": (file, "draft.zip")}
    return officer.post(f"{DRAFT}/bring", data=given, content_type="multipart/form-data")


def taken(officer: Visitor) -> dict[str, bytes]:
    """The files of the draft as its ZIP has them."""
    at = next(a["href"] for a in officer.read(DRAFT).all("a") if a["href"].endswith(".zip"))
    with zipfile.ZipFile(io.BytesIO(officer.get(at).get_data())) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


TOP_PATH = "content/social-media/policy.yaml"
PICTURE = "content/social-media/a-van.png"
PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 40


def test_a_draft_goes_away_as_a_zip_and_comes_back(app: Flask, officer: Visitor) -> None:
    begin(officer)
    files = taken(officer)
    written = read_texts(PROJECT_ROOT, "social-media")
    assert {name: data.decode() for name, data in files.items()} == written
    page = "content/social-media/06-your-footprint.md"
    shown = files[page] + b"\n![A van with a name on it.](a-van.png)\n"
    changed = {**files, page: shown, PICTURE: PNG}
    del changed["content/social-media/help-i-made-a-mistake.md"]
    brought = {f"My Draft/{name}": data for name, data in changed.items()} | {
        "My Draft/content/social-media/.DS_Store": b"x"
    }
    answer = bring(officer, packed(brought))
    assert answer.status_code == 303
    told = officer.read(DRAFT).text
    assert f"{page} is changed; {PICTURE} is new; content/social-media/help-i-made" in told
    assert "Help page removed: I made a mistake" in told
    assert "Nothing is to be mended" in told
    picture = next(
        img["src"]
        for img in officer.read(f"{DRAFT}/preview/your-footprint").all("img")
        if img["src"].startswith("/media/")
    )
    assert officer.get(picture).get_data() == PNG
    assert taken(officer) == changed
    details = rows(app, "SELECT details FROM audit_entry WHERE action = 'policy:draft-brought'")
    assert [json.loads(row[0])["changed"] for row in details] == [1]
    draw_up(officer)  # a help page that is gone is kept as a change, too
    assert rows(app, "SELECT change FROM policy_change WHERE kind = 'help'") == [("removed",)]


def test_a_section_under_another_name_is_refused(cast: Cast, officer: Visitor) -> None:
    cast.advance(cast.learner(), until="treating-people-well")
    renamed = {
        path.replace("01-what-this-covers", "01-what-counts"): text
        for path, text in read_texts(PROJECT_ROOT, "social-media").items()
    }
    assert bring(officer, packed(renamed)).status_code == 303
    assert "this was the section what-this-covers" in officer.read(DRAFT).text
    assert "Mend what the check has found" in officer.read(f"{DRAFT}/changes").text


def test_a_zip_begins_a_draft_where_none_is_open(app: Flask, officer: Visitor) -> None:
    files = read_texts(PROJECT_ROOT, "social-media")
    files[TOP_PATH] = files[TOP_PATH].replace("Social Media Policy", "Policy on Social Media", 1)
    assert bring(officer, packed(files)).status_code == 303
    assert drafts(app) == [("open", None)]
    assert words_of(officer, f"{DRAFT}/fact/title") == "Policy on Social Media"


def bomb() -> io.BytesIO:
    return packed({TOP_PATH: b"0" * 70_000_000})


def locked() -> io.BytesIO:
    """A ZIP that says it is locked with a password."""
    data = bytearray(packed({TOP_PATH: b"title: x\n"}).getvalue())
    for mark in (b"PK\x03\x04", b"PK\x01\x02"):
        at = data.index(mark) + (6 if mark.endswith(b"\x04") else 8)
        data[at] |= 1
    return io.BytesIO(bytes(data))


def zeros(number: int, how: int) -> io.BytesIO:
    """A ZIP of few bytes, with a file of many."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", how) as archive:
        archive.writestr(TOP_PATH, b"0" * number)
    return out


def liar() -> io.BytesIO:
    """A ZIP whose file says that it is a thousandth of what it is."""
    data = bytearray(zeros(64_000_000, zipfile.ZIP_DEFLATED).getvalue())
    for mark in (b"PK\x03\x04", b"PK\x01\x02"):
        at = data.index(mark) + (22 if mark.endswith(b"\x04") else 24)
        data[at : at + 4] = (64_000).to_bytes(4, "little")
    return io.BytesIO(bytes(data))


def vast() -> bytes:
    """A picture of a few bytes that says it has more points than anybody’s memory."""
    size = (60_000).to_bytes(4) * 2
    pieces = ((b"IHDR", size + b"\x08\x02\x00\x00\x00"), (b"IDAT", b""), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        len(data).to_bytes(4) + name + data + crc32(name + data).to_bytes(4)
        for name, data in pieces
    )


REFUSED = [
    (lambda: io.BytesIO(b"no ZIP at all"), "This is no whole ZIP file"),
    (lambda: io.BytesIO(packed({TOP_PATH: b"x" * 999}).getvalue()[:-30]), "no whole ZIP file"),
    (lambda: packed({}), "It holds no file"),
    (locked, "without a password"),
    (bomb, "more than 60 MB together"),
    (lambda: zeros(1_000_000, zipfile.ZIP_BZIP2), "is packed in a rare way"),
    (lambda: packed({f"content/social-media/{n}.md": b"" for n in range(501)}), "500 at most"),
    (lambda: packed({TOP_PATH: b"/etc/passwd"}, mode=0o120777), "is no file but a link"),
    (lambda: packed({"../content/social-media/policy.yaml": b""}), "is in no place of this policy"),
    (lambda: packed({"/content/social-media/policy.yaml": b""}), "is in no place of this policy"),
    (lambda: packed({TOP_PATH: b"", "content\\x.md": b""}), "is in no place of this policy"),
    (lambda: packed({"content/another/policy.yaml": b""}), "is in no place of this policy"),
    (lambda: packed({"content/social-media/deeper/x.md": b""}), "is in no place of this policy"),
    (lambda: packed({TOP_PATH: b"title: \xff\n"}), "line 1: this line is not in UTF-8"),
    (lambda: packed({TOP_PATH: b"title: \x00\n"}), "line 1: this line holds an invisible"),
    (lambda: packed({TOP_PATH: b"a\n" * 150_000}), "more than 200,000 bytes"),
    (lambda: packed({TOP_PATH: b"a: b\n", PICTURE: b"no picture"}), "this is no PNG file"),
    (lambda: packed({TOP_PATH: b"a: b\n", PICTURE: vast()}), "says where it was taken"),
]


@pytest.mark.parametrize(("make", "said"), REFUSED, ids=[said for _, said in REFUSED])
def test_t18_a_zip_that_no_draft_can_be_made_of_is_refused_with_words(
    make: Callable[[], io.BytesIO], said: str
) -> None:
    with pytest.raises(NotADraft) as refused:
        texts_in(unpacked(make().getvalue(), "social-media"))
    assert said in str(refused.value)


def test_t18_a_file_is_not_unpacked_beyond_the_size_that_it_says(officer: Visitor) -> None:
    file = liar()
    officer.token()
    tracemalloc.start()
    try:
        answer = bring(officer, file)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert answer.status_code == 422
    assert "This is no whole ZIP file" in answer.get_data(as_text=True)
    assert most < 20_000_000


def test_t18_what_is_refused_leaves_no_draft(app: Flask, officer: Visitor) -> None:
    answer = bring(officer, packed({"../x": b""}))
    assert answer.status_code == 422
    assert "is in no place of this policy" in Page(answer.get_data(as_text=True)).text
    assert drafts(app) == []


def test_two_files_of_one_name_in_a_zip_are_refused(officer: Visitor) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive, warnings.catch_warnings(action="ignore"):
        archive.writestr(TOP_PATH, "title: One\n")
        archive.writestr(TOP_PATH, "title: Two\n")
    out.seek(0)
    answer = bring(officer, out)
    assert answer.status_code == 422
    assert "is in it twice" in answer.get_data(as_text=True)


def test_whoever_reads_a_draft_comments_on_it(app: Flask, cast: Cast, officer: Visitor) -> None:
    head = cast.signed_in(cast.account(Role.HEAD, "Hedy Head"))
    begin(officer)
    form = head.read(CLAUSE).form("comment")
    said = {"comment": "Ask Amir about this.\nShorter?"}
    answers = at_once([partial(head.send, form, said, at=CLAUSE) for _ in range(3)])
    assert {answer.status_code for answer in answers} == {303}
    assert actions(app).count("policy:draft-commented") == 1
    assert head.send(form, {"comment": " "}, at=CLAUSE).status_code == 422

    page = officer.read(DRAFT)
    assert "Comments that wait Social Media Policy, rules, bullet 6: 1" in page.text
    page = officer.read(CLAUSE)
    assert "Hedy Head" in page.text
    done = next(f for f in page.forms if f.action.endswith("/settle"))
    assert officer.send(done, {}, at=CLAUSE).status_code == 303
    assert officer.send(done, {}, at=CLAUSE).status_code == 303
    assert "Dealt with by Ola Officer" in head.read(CLAUSE).text
    assert actions(app).count("policy:draft-comment-settled") == 1
    assert "Comments that wait" not in officer.read(DRAFT).text

    at = next(a["href"] for a in officer.read(DRAFT).all("a") if a["href"].endswith("/discard"))
    officer.send(officer.read(at).forms[-1], {}, at=at)
    (kept,) = [a["href"] for a in officer.read(DRAFT).all("a") if a["href"].endswith("/comments")]
    assert "Ask Amir about this." in head.read(kept).text
