"""A certificate's record as a learner would earn it, for tests and measurements."""

import hashlib

from induction.certificates.record import Answer, CertificateRecord, PassedSection

NUMBER = "MY2M-VEGA-JKAY-RTJ9"
NAME = "Agnieszka Wiśniewska-Łukasik"
_SECTIONS = (
    "What this covers, and who",
    "Treating people well online",
    "Permission to film or post others",
    "Other people’s work, private facts and our name",
    "Your voice and your privacy settings",
    "Your permanent footprint",
    "If something goes wrong",
    "Final check",
)
_STATEMENTS = (
    "I have read this policy in plain words, and I will follow it on every account I use.",
    "I will get a clear yes from people before I film, record or post them.",
    "I will keep my privacy settings as high as each site allows.",
    "I understand that what I post can be copied and can stay online, even after I delete it.",
    "I will report every breach of this policy to the Senior Management Team.",
    "I understand that a breach may be treated as gross misconduct.",
)
_CONTENT = hashlib.sha256(b"content").hexdigest()


def a_record(name: str = NAME) -> CertificateRecord:
    """A sound record with 45 answers; change what the test is about."""
    return {
        "schema": "learner-induction/certificate/2",
        "number": NUMBER,
        "issued_at": "2026-11-23T14:07:31Z",
        "status_url": f"https://induction.meliorate.example/verify/{NUMBER}",
        "provider": {
            "name": "MELIORATE INSTITUTE EDUCATION & TRAINING LTD",
            "ukprn": "10012345",
        },
        "learner": {
            "name": name,
            "reference": "L-20418",
            "audience": "apprentice",
            "cohort": "Business Administrator Level 3, September 2026",
        },
        "policy": {
            "slug": "social-media",
            "reference": "MERUK-145",
            "title": "Social Media Policy",
            "organisation": "MELIORATE INSTITUTE EDUCATION & TRAINING LTD",
            "owner": "Risk Management & Compliance",
            "version_date": "2025-03-13",
            "review_due": "2025-09-30",
            "content_sha256": _CONTENT,
            "document_sha256": None,
        },
        "begun_at": "2026-10-23T08:12:05Z",
        "completed_at": "2026-11-23T13:58:40Z",
        "score": {"right": 9, "of": 10, "per_cent": 90, "pass_mark": 80, "tries": 2},
        "sections": [_section(at, title) for at, title in enumerate(_SECTIONS, 1)],
        "declaration": {
            "statements": list(_STATEMENTS),
            "signed_name": name,
            "signed_at": "2026-11-23T14:07:31Z",
        },
        "answers": [_answer(at) for at in range(45)],
        "decided": [
            {"clause": "rule-06-record", "right": "later"},
            {"clause": "rule-12-identify", "right": "first"},
        ],
        "pace": [{"section": "section-1", "seconds": 412, "reading_seconds": 140}],
        "supersedes": None,
        "valid_until": None,
    }


def _section(number: int, title: str) -> PassedSection:
    return {
        "slug": f"section-{number}",
        "number": number,
        "title": title,
        "pass_mark": 80,
        "per_cent": 100,
        "tries": 1,
        "passed_at": "2026-11-23T13:58:40Z",
    }


def _answer(at: int) -> Answer:
    return {
        "section": f"section-{at // 6 + 1}",
        "scenario": f"canteen-video-{at}",
        "scene": "",
        "try": 1,
        "counted": True,
        "right": at % 9 != 0,
        "clauses": ["rule-06-record", "rule-12-identify"],
        "answered_at": "2026-11-23T13:58:40Z",
        "content_sha256": _CONTENT,
    }
