"""What one officer asks for and another decides: acts that cannot be undone, and time for them."""
