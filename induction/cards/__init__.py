"""People with no address of their own: cards with a PIN, class codes, letters to hand over."""
