"""Trialkin beside what people would use instead, on the same trials and vectors. Run it with: make bench."""
