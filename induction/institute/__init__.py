"""The institute that runs this installation: how it is named, reached and shown."""

from induction.institute.current import Institute, institute, institute_revision

__all__ = ["Institute", "institute", "institute_revision"]
