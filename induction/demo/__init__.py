"""A believable institute to look at and to measure with, made by the functions that pages use."""
