"""From study records to a published build."""
