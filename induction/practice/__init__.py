"""What learners do beside deciding: ticks at *Do it now*, and the three changes they set out on."""
