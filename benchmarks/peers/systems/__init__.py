"""The systems that are compared, one a file, each loaded only by the process that measures it."""
