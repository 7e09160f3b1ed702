"""The tiny second policy as texts, and ways to spoil it."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from induction.curriculum.faults import CurriculumError, Fault
from induction.curriculum.loader import load_texts, read_texts
from induction.curriculum.model import Policy

ROOT = Path(__file__).parents[2] / "support" / "policies" / "tiny"
SLUG = "visitor-safety"
POLICY = f"content/{SLUG}/policy.yaml"
ARRIVING = f"content/{SLUG}/01-arriving.md"
BADGES = f"content/{SLUG}/02-badges.md"
ARRIVING_QUIZ = f"quizzes/{SLUG}/01-arriving.yaml"
BADGES_QUIZ = f"quizzes/{SLUG}/02-badges.yaml"

FILES: Mapping[str, str] = read_texts(ROOT, SLUG)


def with_text(path: str, old: str, new: str) -> dict[str, str]:
    """The files with one passage of one file replaced; the passage must be there just once."""
    assert FILES[path].count(old) == 1, f"{old!r} is {FILES[path].count(old)} times in {path}"
    return {**FILES, path: FILES[path].replace(old, new)}


def load(files: Mapping[str, str] = FILES) -> Policy:
    return load_texts(SLUG, files)


def faults_of(files: Mapping[str, str]) -> list[Fault]:
    with pytest.raises(CurriculumError) as caught:
        load(files)
    return list(caught.value.faults)


def told(files: Mapping[str, str]) -> list[str]:
    """What an author is told, one line a fault."""
    return [str(fault) for fault in faults_of(files)]
