"""Measurements of Trialkin against peers; results with date and command are in docs."""
