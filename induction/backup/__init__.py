"""A copy of everything, taken while the application serves, and put back where nothing is."""
