"""The content in force, every content that was ever shown, and the institute’s own document."""
