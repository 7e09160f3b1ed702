"""Certificates: what leaves the building.

The pure part, free of Flask and the database: a frozen ``record`` and its ``number``, ``render``
to PDF, ``sign``, and the off-line ``inspection`` of a file that somebody hands in.
"""
