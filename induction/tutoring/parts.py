"""All pages of tutoring, gathered for the application."""

from induction.enrolment import pages as enrolment_pages
from induction.reminders import pages as reminder_pages
from induction.tutoring import act_pages, analysis_pages, cohort_pages, pages

PAGES = (
    pages.pages,
    act_pages.pages,
    analysis_pages.pages,
    enrolment_pages.pages,
    cohort_pages.pages,
    reminder_pages.pages,
)
