"""What tutors see: their cohorts, who is done and who is stuck."""
