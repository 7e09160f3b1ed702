"""Reminders to learners and summaries for tutors: when they are due, and sending them."""
