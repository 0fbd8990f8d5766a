"""How much processor one question takes in process, where it goes, and what a process needs to answer the first."""
