"""The settings that an administrator may change while the application runs. One row."""

import re

from sqlalchemy import JSON, CheckConstraint, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from induction.database import IdList
from induction.extensions import Model


class Institute(Model):
    """Empty texts stand for “not set”. ``revision`` rises with each change."""

    __tablename__ = "institute"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    revision: Mapped[int] = mapped_column(default=1)
    name: Mapped[str] = mapped_column(String(200), default="")  # "": as the policy names it
    ukprn: Mapped[str] = mapped_column(String(8), default="")
    contact: Mapped[str] = mapped_column(String(200), default="")  # whom to ask for help
    reply_to: Mapped[str] = mapped_column(String(254), default="")  # where answers to letters go
    privacy_notice: Mapped[str] = mapped_column(String(500), default="")  # where it is on the web
    safeguarding_name: Mapped[str] = mapped_column(String(200), default="")  # the lead
    safeguarding_phone: Mapped[str] = mapped_column(String(40), default="")
    safeguarding_email: Mapped[str] = mapped_column(String(254), default="")
    out_of_hours: Mapped[str] = mapped_column(Text, default="")  # whom to call then
    leaders: Mapped[str] = mapped_column(String(200), default="")  # who they are, how to reach them
    # what it calls its own people and papers, by the names in the policy's files
    called: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    signatory: Mapped[str] = mapped_column(String(200), default="")
    accent: Mapped[str] = mapped_column(String(7), default="")  # #rrggbb
    validity_months: Mapped[int] = mapped_column(default=0)  # of a certificate; 0: no end
    renewal_days: Mapped[int] = mapped_column(default=30)  # before its end that it may be renewed
    anonymous_reports: Mapped[bool] = mapped_column(default=True)
    public_reports: Mapped[bool] = mapped_column(default=False)  # without signing in
    compliance_reads: Mapped[bool] = mapped_column(default=True)  # reports, beside the lead
    review_reminder_days: Mapped[int] = mapped_column(default=30)
    two_people: Mapped[bool] = mapped_column(default=False)  # see ``approvals``
    wait_days: Mapped[int] = mapped_column(default=7)  # before an erasure, once it is confirmed
    excused_alone: Mapped[int] = mapped_column(default=50)  # per cent of the sections, by tutors
    signed_alone: Mapped[int] = mapped_column(default=5)  # declarations on behalf, see ``tutoring``
    staff_second_step: Mapped[bool] = mapped_column(default=True)  # a password alone is not enough
    staff_by_provider: Mapped[bool] = mapped_column(default=False)  # no password lets staff in
    checkpoint_email: Mapped[str] = mapped_column(String(254), default="")  # besides compliance
    word_first: Mapped[bool] = mapped_column(default=False)  # no certificate while one is wanted
    revisits: Mapped[bool] = mapped_column(default=True)  # ask holders what has stayed with them
    revisit_first_days: Mapped[int] = mapped_column(default=30)  # after the declaration
    revisit_second_days: Mapped[int] = mapped_column(default=180)
    test_out: Mapped[tuple[str, ...]] = mapped_column(IdList, default=())  # audiences that may
    first_sight: Mapped[bool] = mapped_column(default=False)  # on new certificates
    logo_sha256: Mapped[str] = mapped_column(String(64), default="")
    logo: Mapped[bytes] = mapped_column(LargeBinary, default=b"", deferred=True)  # PNG

    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    def calls(self, name: str) -> str:
        """What it calls one of its own people or papers; empty where the policy's words count."""
        return (self.called or {}).get(name, "")

    @property
    def names_a_lead(self) -> bool:
        """Whether the settings say who the safeguarding lead is, and how to reach them."""
        reach = self.safeguarding_phone or self.safeguarding_email
        return bool(self.safeguarding_name and reach)

    @property
    def safeguarding_dialled(self) -> str:
        """The lead's number as a telephone dials it."""
        return re.sub(r"\(0\)|[^\d+]", "", self.safeguarding_phone)
