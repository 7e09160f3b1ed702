"""Pictures, sound and film on pages: shown with words for whoever does not see or hear them."""

import hashlib
import io
import re
from pathlib import Path

import pytest
from PIL import ExifTags, Image

from induction.curriculum.faults import CurriculumError, Fault
from induction.curriculum.loader import digest_of, load_folder, load_texts, read_texts
from induction.curriculum.model import Policy
from tests.unit.curriculum.tiny import ARRIVING, ROOT, SLUG

PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)
MP4 = b"\x00\x00\x00\x18ftypmp42" + bytes(40)
MP3 = b"ID3" + bytes(40)
VTT = b"WEBVTT\n\n00:00.000 --> 00:04.000\nSign in at the desk.\n"
SAID = b"Sign in at the desk.\n\nThen take <your> badge.\n"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 20"><path d="M0 0h9"/></svg>\n'
WHOLE = {"desk.png": PNG, "tour.mp4": MP4, "tour.vtt": VTT, "tour.txt": SAID, "bell.mp3": MP3,
         "bell.txt": b"A bell.\n", "map.svg": SVG}  # fmt: skip
NAMED = (
    "![The desk by the door](desk.png)", "![A tour of the hall](tour.mp4)",
    "![The bell](bell.mp3)", "![A map with a path](map.svg)",
)  # fmt: skip


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The tiny policy, to write files beside."""
    for path, text in read_texts(ROOT, SLUG).items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, encoding="utf-8")
    return tmp_path


def write(root: Path, files: dict[str, bytes], *lines: str) -> None:
    """These files beside the first section, and these lines at its end."""
    page = root / ARRIVING
    for name, data in files.items():
        (page.parent / name).write_bytes(data)
    told = "".join(f"\n{line}\n" for line in lines)
    page.write_text(page.read_text(encoding="utf-8") + told, encoding="utf-8")


def faults(root: Path) -> list[Fault]:
    with pytest.raises(CurriculumError) as caught:
        load_folder(root, SLUG)
    return list(caught.value.faults)


def body(policy: Policy) -> str:
    return policy.sections[0].body_html


def test_a_page_shows_each_kind_of_file_with_its_words(root: Path) -> None:
    write(root, WHOLE, *NAMED)
    policy = load_folder(root, SLUG)
    film, captions = (hashlib.sha256(data).hexdigest() for data in (MP4, VTT))

    assert re.search(
        r'<img src="/media/[0-9a-f]{64}\.png" alt="The desk by the door">', body(policy)
    )
    assert f'<video controls preload="metadata" src="/media/{film}.mp4"' in body(policy)
    assert f'<track kind="captions" srclang="en" label="English" src="/media/{captions}.vtt"' in (
        body(policy)
    )
    assert "<p>Then take &lt;your&gt; badge.</p></details>" in body(policy)
    assert body(policy).count("<audio ") == body(policy).count("data:image/svg+xml") == 1
    assert "<script" not in body(policy)
    kept = {path.rpartition("/")[2] for path in policy.media.values()}
    assert kept == {"desk.png", "tour.mp4", "tour.vtt", "bell.mp3"}


def test_a_content_is_another_one_when_a_film_is(root: Path) -> None:
    write(root, WHOLE, *NAMED)
    files = read_texts(root, SLUG)
    assert load_texts(SLUG, files) == load_folder(root, SLUG), "the texts alone tell the page"
    write(root, {"tour.mp4": MP4 + b"1"})
    assert digest_of(read_texts(root, SLUG)) != digest_of(files)


def test_what_is_said_in_a_film_counts_as_read(root: Path) -> None:
    before = load_folder(root, SLUG).sections[0]
    write(root, WHOLE, *NAMED)
    after = load_folder(root, SLUG).sections[0]
    assert after.words - before.words >= len(SAID.split())
    assert after.minutes > before.minutes


SLIPS = [
    ({"desk.png": PNG}, "![](desk.png)", "say in words what `desk.png` shows"),
    ({"desk.png": PNG}, "![A desk](dask.png)", "did you mean `desk.png`?"),
    ({"desk.png": PNG}, "See ![A desk](desk.png) here", "stands on a line of its own"),
    ({"tour.mp4": MP4, "tour.txt": SAID}, "![A tour](tour.mp4)", "needs captions, in `tour.vtt`"),
    (
        {"tour.mp4": MP4, "tour.vtt": VTT},
        "![A tour](tour.mp4)",
        "said in `tour.mp4`, in `tour.txt`",
    ),
    ({"bell.mp3": MP3}, "![A bell](bell.mp3)", "write down what is said in `bell.mp3`"),
    ({"tour.vtt": VTT}, "![A tour](tour.vtt)", "no picture, sound or film `tour.vtt`"),
    ({}, "![A page](https://example.ac.uk/a.png)", "no picture, sound or film `https:"),
]


@pytest.mark.parametrize(("files", "line", "words"), SLIPS)
def test_each_slip_on_a_page_is_named_with_its_line(
    root: Path, files: dict[str, bytes], line: str, words: str
) -> None:
    write(root, files, line)
    at = (root / ARRIVING).read_text(encoding="utf-8").split("\n").index(line) + 1
    assert [(f.path, f.line) for f in faults(root) if words in f.message] == [(ARRIVING, at)]


OF_FILES = [
    ("desk.png", b"GIF89a", "this is no PNG file"),
    ("tour.vtt", b"00:00 Hello", "this is no VTT file, with `WEBVTT` in its first line"),
    ("tour.webm", MP4, "this is no WEBM file"),
    ("desk.png", PNG, "nothing shows this file"),
    ("spare.txt", SAID, "nothing shows this file"),
    ("Desk.png", PNG, "a name that is not read"),
    ("desk.gif", b"GIF89a", "a name that is not read"),
]


@pytest.mark.parametrize(("name", "data", "words"), OF_FILES)
def test_each_file_that_cannot_be_shown_is_named(
    root: Path, name: str, data: bytes, words: str
) -> None:
    write(root, {name: data})
    [fault] = [fault for fault in faults(root) if words in fault.message]
    assert (fault.path, fault.line) == (f"content/{SLUG}/{name}", 1)


def photo(kind: str, *, place: bool, xmp: bytes = b"") -> bytes:
    """A picture as a phone takes it: how it was held and on which day, and where if it may."""
    written = Image.Exif()
    written[ExifTags.Base.Orientation] = 6
    written[ExifTags.Base.DateTime] = "2026:11:23 09:00:00"
    if place:
        written[ExifTags.IFD.GPSInfo] = {ExifTags.GPS.GPSLatitude: (53.0, 48.0, 0.0)}
    told = {"xmp": xmp} if xmp else {}
    Image.new("RGB", (8, 8)).save(out := io.BytesIO(), kind, exif=written, **told)
    return out.getvalue()


def film(about: bytes, pictures: bytes = b"") -> bytes:
    """An MP4 that says this of itself, in front of what is seen."""
    boxes = [(b"ftyp", b"mp42"), (b"moov", about), (b"mdat", pictures)]
    return b"".join((8 + len(d)).to_bytes(4) + name + d for name, d in boxes)


WITH_A_PLACE = {
    "desk.jpg": photo("JPEG", place=True),
    "desk.png": photo("PNG", place=True),
    "desk.webp": photo("WEBP", place=True),
    "edited.jpg": photo("JPEG", place=False, xmp=b'<x exif:GPSLatitude="53,48N"/>'),
    "tour.mp4": film(b"udta\xa9xyz+53.8000-001.5000/"),
    "other.mp4": film(b"meta com.apple.quicktime.location.ISO6709"),
    "bell.m4a": film(b"udta loci"),
}
WITHOUT = {
    "desk.jpg": photo("JPEG", place=False),
    "desk.png": photo("PNG", place=False),
    "desk.webp": photo("WEBP", place=False),
    "tour.mp4": film(b"trak", pictures=b"\xa9xyz"),
}


@pytest.mark.parametrize("name", WITH_A_PLACE)
def test_a_file_that_says_where_it_was_taken_is_refused(root: Path, name: str) -> None:
    write(root, {name: WITH_A_PLACE[name]})
    [fault] = [f for f in faults(root) if "says where it was taken" in f.message]
    assert (fault.path, fault.line) == (f"content/{SLUG}/{name}", 1)
    assert "save a copy without its place" in fault.message


@pytest.mark.parametrize("name", WITHOUT)
def test_what_a_camera_writes_besides_is_no_fault(root: Path, name: str) -> None:
    write(root, {name: WITHOUT[name]})
    assert [f.message for f in faults(root) if "nothing shows this file" not in f.message] == []


def test_a_scenario_has_no_picture_in_its_text(root: Path) -> None:
    quiz = root / f"quizzes/{SLUG}/01-arriving.yaml"
    text = quiz.read_text(encoding="utf-8")
    quiz.write_text(text.replace("situation: |\n", "situation: |\n      ![A](a.png)\n\n", 1))
    assert any("in no scenario" in fault.message for fault in faults(root))
