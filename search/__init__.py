"""The core: what a trial is, how it becomes vectors, and how related trials are found."""
