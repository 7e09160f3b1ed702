"""Where learners stand: one status, and the lists and counts that every board and file reads."""
