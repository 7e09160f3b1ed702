"""The audit pack: everything that shows who was taught and tested, and how to check it."""
