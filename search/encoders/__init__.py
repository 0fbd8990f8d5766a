"""Text to vectors. `search.encoders.catalogue.open_encoder` turns a string into an encoder."""
