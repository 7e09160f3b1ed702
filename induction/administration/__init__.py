"""What an administrator decides: who may do what, and how the institute is shown."""
