"""The learner's way: reading, deciding, signing. State is derived from what is stored."""
