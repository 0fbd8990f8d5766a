"""How fast the texts of trials are embedded, step by step, and what a whole build takes."""
