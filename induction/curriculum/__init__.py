"""The ground floor: what is taught and tested. Pure Python, no Flask, no database."""
