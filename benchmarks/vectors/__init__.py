"""What the vector index of a build takes and finds, beside comparing every vector."""
