"""How long an export takes, and how large it is."""
