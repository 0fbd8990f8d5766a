"""The HTTP service: the engine's answers with the manners of the web."""
