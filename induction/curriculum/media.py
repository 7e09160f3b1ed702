"""Pictures, sound and film of authors: files beside a page, which name them as ``![alt](file)``.

A drawing (SVG) is part of the page, as in a quiz. Any other file is known by its SHA-256: its line
in the content is that digest, so that the content's own digest tells it, and its bytes are kept
apart and served at ``/media/``. Sound and film have a transcript beside them, and film captions.
"""

import hashlib
import re
from collections.abc import Callable, Iterator
from html import escape

from induction.curriculum.drawing import drawn
from induction.curriculum.faults import Source, asking, nearest
from induction.curriculum.model import MediaFile
from induction.curriculum.where_taken import film_says_where, picture_says_where

PICTURES = {"png": "image/png", "jpg": "image/jpeg", "webp": "image/webp"}
SOUND = {"mp3": "audio/mpeg", "m4a": "audio/mp4"}
FILM = {"mp4": "video/mp4", "webm": "video/webm"}
CAPTIONS = {"vtt": "text/vtt"}
TYPES = PICTURES | SOUND | FILM | CAPTIONS
TRANSCRIPT = "txt"
LARGEST = 25_000_000  # bytes; a minute of film for a phone has about eight million

_WRITTEN = re.compile(r"sha256 (?P<sha256>[0-9a-f]{64}) (?P<size>[0-9]+) bytes\n")
_CUE = re.compile(rb"(?m)^(?:\d+:)?\d\d:\d\d\.\d{3} --> (?:\d+:)?\d\d:\d\d\.\d{3}")
_LOOKS: dict[str, Callable[[bytes], bool]] = {
    "png": lambda data: data.startswith(b"\x89PNG\r\n\x1a\n"),
    "jpg": lambda data: data.startswith(b"\xff\xd8\xff"),
    "webp": lambda data: data[:4] == b"RIFF" and data[8:12] == b"WEBP",
    "mp3": lambda data: data.startswith(b"ID3") or data[:1] == b"\xff",
    "m4a": lambda data: data[4:8] == b"ftyp",
    "mp4": lambda data: data[4:8] == b"ftyp",
    "webm": lambda data: data.startswith(b"\x1a\x45\xdf\xa3"),
    "vtt": lambda data: data.startswith(b"WEBVTT") and _CUE.search(data) is not None,
}
_SAYS_WHERE: dict[str, Callable[[bytes], bool]] = {
    **dict.fromkeys(PICTURES, picture_says_where),
    "mp4": film_says_where,
    "m4a": film_says_where,
}


def kind_of(path: str) -> str:
    """The ending of a file that is kept apart; empty for a text."""
    ending = path.rpartition(".")[2]
    return ending if ending in TYPES else ""


def in_words(data: bytes) -> str:
    """The line by which a content knows a file that is kept apart."""
    return f"sha256 {hashlib.sha256(data).hexdigest()} {len(data)} bytes\n"


def written(path: str, text: str) -> MediaFile | None:
    """The file that this line is about; None where it is none."""
    found = _WRITTEN.fullmatch(text)
    return MediaFile(found["sha256"], kind_of(path)) if found else None


def faults_of(path: str, data: bytes) -> Iterator[str]:
    """Why a file cannot be shown."""
    kind = kind_of(path)
    if len(data) > LARGEST:
        yield f"this file has {len(data):,} bytes; {LARGEST:,} at most"
    if not _LOOKS[kind](data):
        more = ", with `WEBVTT` in its first line and a time such as `00:01.000 --> 00:04.000`"
        yield f"this is no {kind.upper()} file{more if kind in CAPTIONS else ''}"
    if kind in _SAYS_WHERE and _SAYS_WHERE[kind](data):
        yield (
            "this file says where it was taken, to anybody; save a copy without its place, "
            "or take a screenshot of a picture, and delete this one"
        )


def figure(source: Source, line: int, name: str, alt: str) -> str:
    """The HTML of a file that a page names; empty, with faults, where it cannot be shown."""
    ledger, folder = source.ledger, source.path.rpartition("/")[0]
    path = f"{folder}/{name}"
    if not alt.strip():
        source.error(line, f"say in words what `{name}` shows: `![what there is to see]({name})`")
    if path in ledger.drawings:
        drawing = drawn(ledger, path)
        return drawing.figure(alt) if drawing else ""
    media = ledger.media.get(path)
    if media is None or media.kind in CAPTIONS:
        here = [p.removeprefix(f"{folder}/") for p in (*ledger.drawings, *ledger.media)]
        usable = [p for p in here if "/" not in p and kind_of(p) not in CAPTIONS]
        source.error(
            line, f"there is no picture, sound or film `{name}` here{asking(nearest(name, usable))}"
        )
        return ""
    ledger.shown.add(path)
    if media.kind in PICTURES:
        return f'<figure class="drawing"><img src="{media.address}" alt="{escape(alt)}"></figure>'
    return _player(source, line, name, escape(alt), media)


def _player(source: Source, line: int, name: str, label: str, media: MediaFile) -> str:
    """Sound or film with its captions, and its transcript folded below."""
    ledger, stem = source.ledger, f"{source.path.rpartition('/')[0]}/{name.rpartition('.')[0]}"
    transcript, captions = f"{stem}.{TRANSCRIPT}", ledger.media.get(f"{stem}.vtt")
    said = ledger.transcripts.get(transcript, "").strip()
    ledger.shown |= {transcript, f"{stem}.vtt"}
    short = stem.rpartition("/")[2]
    if not said:
        source.error(line, f"write down what is said in `{name}`, in `{short}.{TRANSCRIPT}` here")
    if captions is None and media.kind in FILM:
        source.error(line, f"`{name}` needs captions, in `{short}.vtt` here")
    track = (
        f'<track kind="captions" srclang="en" label="English" src="{captions.address}" default>'
        if captions
        else ""
    )
    tag = "video" if media.kind in FILM else "audio"
    told = "".join(f"<p>{escape(' '.join(part.split()))}</p>" for part in said.split("\n\n"))
    return (
        f'<figure class="media"><{tag} controls preload="metadata" src="{media.address}" '
        f'aria-label="{label}">{track}</{tag}><figcaption>{label}</figcaption></figure>'
        f"<details><summary>Read what is said</summary>{told}</details>"
    )
