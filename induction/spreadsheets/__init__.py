"""Lists in CSV and XLSX: read as offices save them, written so that text stays text."""
