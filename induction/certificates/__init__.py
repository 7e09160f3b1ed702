"""Certificates: what leaves the building.

The pure part, free of Flask and the database: a frozen ``record``, its ``number``, the ``render`` to
PDF, the ``sign``ature, and the off-line ``inspection`` of a file that somebody hands in.
"""
