"""What the words of a question cost, and whether fewer sums find the same trials."""
