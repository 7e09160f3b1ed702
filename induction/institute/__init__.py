"""The institute that runs this installation: how it is named, reached and shown."""

from induction.institute.current import institute, institute_revision
from induction.institute.models import Institute

__all__ = ["Institute", "institute", "institute_revision"]
