"""From study records to an encoder of one's own. `indexer.training.encoder.train_encoder` is the whole of it."""
