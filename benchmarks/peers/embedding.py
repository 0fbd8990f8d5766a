"""How fast texts are embedded: the plain loop, and what Trialkin's build does.

`python -m benchmarks.peers.embedding CORPUS INDEX` is for the runner; what it finds it prints as JSON.
"""

import io
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import orjson
from rich.console import Console

from benchmarks.peers.corpus import Corpus
from benchmarks.peers.encoding import FOLDER
from indexer.embed import embed_missing
from indexer.embedding_cache import EmbeddingCache
from search.artefact.reading import open_current
from search.encoders.built import built_encoder
from search.progress import progress_on

SAMPLE = 300


def rates(corpus_folder: str, index: str) -> dict[str, float]:
    """Texts a second of the processor: passages by the plain loop, and the strings of a build by the build's way."""
    corpus = Corpus(Path(corpus_folder))
    chosen = np.random.default_rng(0).permutation(len(corpus.rows))[:SAMPLE]
    passages = [corpus.rows[place].text for place in chosen]
    strings = corpus.strings["sample"][:SAMPLE]

    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(FOLDER, device="cpu")
    model.encode(passages[:8])
    begun = time.process_time()
    model.encode(passages)
    plain = time.process_time() - begun

    encoder = built_encoder(open_current(Path(index)))
    encoder.encode_documents(passages[:8])
    with tempfile.TemporaryDirectory() as folder, EmbeddingCache(Path(folder), encoder.revision) as cache:
        begun = time.process_time()
        embed_missing(strings, encoder, cache, progress_on(Console(file=io.StringIO())))
        own = time.process_time() - begun
    return {
        "plain_per_cpu_second": len(passages) / plain,
        "own_per_cpu_second": len(strings) / own,
        "passages": len(corpus.rows),
        "strings": corpus.strings["count"],
    }


if __name__ == "__main__":
    sys.stdout.buffer.write(orjson.dumps(rates(*sys.argv[1:])) + b"\n")
