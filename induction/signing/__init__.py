"""Keys, digital signatures and their containers (PAdES, CMS)."""
