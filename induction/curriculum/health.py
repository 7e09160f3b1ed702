"""Policy health: slips in the institute's own document, computed from what it prints."""

import re
from collections.abc import Iterator
from datetime import date, datetime

from induction.curriculum.faults import Fault, Severity
from induction.curriculum.model import Policy, SourceDocument
from induction.folding import folded
from induction.uk_time import uk_date

LAW_DAYS = 365  # that a check of the law lasts

_ORDINAL = re.compile(r"(?<=[0-9])(st|nd|rd|th)\b", re.IGNORECASE)
_DATE_FORMS = ("%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y", "%Y-%m-%d", "%d %B %Y", "%d %b %Y")


def policy_health(policy: Policy, today: date) -> list[Fault]:
    """Slips in the document that a policy was taken from, as warnings: its owner mends them there.

    Four checks: its latest version date against its history; its version number against its
    reference; its review date against ``today``; the documents it relies on against those it names.
    Besides, what pages say of the law has to be checked again every twelve months.
    """
    document = policy.source or SourceDocument()
    found = [
        (("source", "latest_version_date"), _version_date(policy, document)),
        (("source", "version_number"), _version_number(policy, document)),
        (("policy", "review_due"), _review(policy, today)),
        *((("source", "relies_on"), message) for message in _unlisted(policy, document)),
        *(((kind, name), message) for kind, name, message in _old_law(policy, today)),
    ]
    faults = []
    for (kind, name), message in found:
        if message:
            place = policy.place(kind, name)
            faults.append(Fault(place.path, place.line, message, Severity.WARNING))
    return sorted(faults, key=lambda f: (not f.path.endswith("policy.yaml"), f.path, f.line))


def _version_date(policy: Policy, document: SourceDocument) -> str:
    printed = document.latest_version_date
    day = _as_date(printed)
    if not printed or day == policy.version_date:
        return ""
    slip = f"the document gives its latest version date as `{printed}`, "
    history = f"its own history ends on {uk_date(policy.version_date)}"
    return slip + (f"but {history}" if day else f"which is not a date, and {history}")


def _version_number(policy: Policy, document: SourceDocument) -> str:
    if not document.version_number or folded(document.version_number) != folded(policy.reference):
        return ""
    return (
        f"the document gives `{document.version_number}` as its version number, but that is its "
        "reference: it stays the same from version to version, so nobody can tell them apart by it"
    )


def _review(policy: Policy, today: date) -> str:
    if policy.review_due is None or today <= policy.review_due:
        return ""
    return f"the document’s next review was due by {uk_date(policy.review_due)}, which has passed"


def _unlisted(policy: Policy, document: SourceDocument) -> list[str]:
    return [
        f"the document’s rules rely on the {name}, but its list of related documents leaves it out"
        for name in document.relies_on
        if not any(folded(name) == folded(listed) for listed in policy.read_with)
    ]


def _old_law(policy: Policy, today: date) -> Iterator[tuple[str, str, str]]:
    """Kind, name and message for each page whose law was checked more than a year ago."""
    pages = [("section", s.slug, s.law_checked) for s in policy.sections]
    pages += [("help", p.slug, p.law_checked) for p in policy.help]
    for kind, name, checked in pages:
        if checked is not None and (today - checked).days > LAW_DAYS:
            yield (
                kind,
                name,
                (
                    f"what this page says of the law was last checked by {uk_date(checked)}, more "
                    "than twelve months ago; have it checked, and write the month in `law_checked`"
                ),
            )


def _as_date(printed: str) -> date | None:
    words = _ORDINAL.sub("", printed.strip())
    for form in _DATE_FORMS:
        try:
            return datetime.strptime(words, form).date()  # noqa: DTZ007  a day has no time zone
        except ValueError:
            continue
    return None
