"""How much less a refresh takes than a full rebuild, and that both give one index."""
