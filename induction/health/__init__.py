"""How this installation is: what works, what wants a look, what has to be mended, and how."""
