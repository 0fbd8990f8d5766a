"""Does a server fail or mix an answer while the build that is live changes under it."""
