"""From the plain loop to the product's own embedding, one step after the other."""

import os
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import onnxruntime
from tokenizers import Tokenizer

from search.encoders.onnx import INPUTS, MODEL_FILE, OUTPUT, TOKENIZER_FILE, OnnxEncoder
from search.encoders.openvino import OpenVinoEncoder
from search.vectors import Vectors, unit_rows

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

Encode = Callable[[Sequence[str]], Vectors]


@dataclass(frozen=True, slots=True)
class Step:
    """One way to embed, measured."""

    name: str
    strings: int
    """Encoded; each stands for as many of the corpus."""
    seconds: float
    """By the clock, all cores."""
    cpu: float
    """Of processors."""
    cosine: float
    """The least with the plain loop's vector of the same text; not a number where the encoder is another."""


def steps_of(model: "SentenceTransformer", export: OnnxEncoder) -> Mapping[str, Encode]:
    """Name -> what encodes texts so; the first is given every string as often as it comes, the others each once."""
    quick = OpenVinoEncoder(export)
    return {
        "`SentenceTransformer(…).encode(strings)`": model.encode,
        "each distinct string once": model.encode,
        "batches of 8, not of 32": lambda texts: model.encode(texts, batch_size=8),
        "by ONNX Runtime": in_eights(export, one_a_core=False),
        "a batch a core": in_eights(export, one_a_core=True),
        "batches of 512 tokens, by length in tokens": export.encode_documents,
        "by OpenVINO, in bfloat16": quick.encode_documents,
    }


def in_eights(export: OnnxEncoder, *, one_a_core: bool) -> Encode:
    """Eight texts of like length in characters at once; all cores on one batch, or each on one of its own."""
    cores = os.cpu_count() or 1
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1 if one_a_core else cores
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    session = onnxruntime.InferenceSession(str(export.folder / MODEL_FILE), options, providers=["CPUExecutionProvider"])
    tokenizer = Tokenizer.from_file(str(export.folder / TOKENIZER_FILE))

    def encode(texts: Sequence[str]) -> Vectors:
        vectors = np.empty((len(texts), export.dim), dtype=np.float32)
        order = sorted(range(len(texts)), key=lambda place: len(texts[place]))

        def encode_eight(start: int) -> None:
            places = order[start : start + 8]
            tokens = tokenizer.encode_batch([texts[place] for place in places])
            given = [[token.ids for token in tokens], [token.attention_mask for token in tokens]]
            feed = {name: np.array(value, dtype=np.int64) for name, value in zip(INPUTS, given, strict=True)}
            vectors[places] = session.run([OUTPUT], feed)[0]

        with ThreadPoolExecutor(cores if one_a_core else 1) as pool:
            list(pool.map(encode_eight, range(0, len(order), 8)))
        return vectors

    return encode


def measured(encoders: Mapping[str, Encode], repeated: Sequence[str], distinct: Sequence[str]) -> list[Step]:
    """Each of `encoders` on its strings; what is loaded on first use is loaded before."""
    truth = dict(zip(distinct, unit_rows(next(iter(encoders.values()))(distinct)), strict=True))
    steps = []
    for number, (name, encode) in enumerate(encoders.items()):
        texts = distinct if number else repeated
        encode(distinct[:64])
        clock, processors = time.perf_counter(), time.process_time()
        vectors = encode(texts)
        seconds, cpu = time.perf_counter() - clock, time.process_time() - processors
        if vectors.shape[1] != len(truth[distinct[0]]):
            least = np.nan
        else:
            known = [place for place, text in enumerate(texts) if text in truth]
            mine, theirs = unit_rows(vectors[known]), np.array([truth[texts[place]] for place in known])
            least = float(np.min(np.einsum("ij,ij->i", mine, theirs.reshape(mine.shape)), initial=1.0))
        steps.append(Step(name, len(texts), seconds, cpu, least))
    return steps
