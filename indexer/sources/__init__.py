"""Where study records come from. `indexer.sources.files.open_source` turns a string into a stream of records."""
