"""Relevance: the engine and named baselines on labelled trials. Run it with: make quality."""
