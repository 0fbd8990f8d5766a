"""Nearest rows by cosine. NumPy's exact index is the truth that every other one is tested against."""
