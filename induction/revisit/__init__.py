"""What lasts: two situations that somebody has not met, some weeks after the certificate."""
