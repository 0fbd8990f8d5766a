"""How time, disk and memory grow with the number of trials."""
