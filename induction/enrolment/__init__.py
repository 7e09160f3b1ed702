"""Enrolling one person or many: reading a list, planning what it changes, carrying it out."""
