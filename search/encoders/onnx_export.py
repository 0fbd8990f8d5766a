"""Exports a sentence-transformers model once, so that neither embedding nor answering needs torch again."""

import hashlib
import shutil
import warnings
from collections.abc import Callable, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from search.encoders.onnx import (
    INPUTS,
    MODEL_FILE,
    OUTPUT,
    SETTINGS_FILE,
    TOKENIZER_FILE,
    WEIGHTS_FILE,
    ExportedSettings,
    OnnxEncoder,
)
from search.encoders.sentence_transformer import SentenceTransformerEncoder
from search.permissions import readable_as

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

ENCODERS_FOLDER = "encoders"
REASON_FILE = "reason.txt"
EXPORTED_BY = ("torch", "onnx", "onnxruntime", "sentence-transformers")
"""Of other versions of these, or where one was missing, another attempt may go well."""
LEAST_COSINE = 0.9999
"""Of the vector of a text by the export with that by the model itself."""
SAMPLES = 64
"""How many texts of the corpus are held against each other."""


class NotExportable(Exception):
    """The model cannot be exported, or its export gives other vectors; the text says which."""


def exported(
    encoder: SentenceTransformerEncoder,
    root: Path,
    texts: Sequence[str],
    *,
    on_failure: Callable[[str], None] = lambda _: None,
) -> OnnxEncoder | None:
    """The export of `encoder` below `root`, made if it is not there and held against it on some of `texts`.

    None where the model cannot be exported, or its export does not agree: then the model itself has to serve, and
    `on_failure` is told why. Either way the model is loaded at most once for one revision and one set of the packages
    that export it.
    """
    folder = root / ENCODERS_FOLDER / hashlib.sha256(encoder.revision.encode()).hexdigest()[:16]
    failed = folder / REASON_FILE
    with_packages = " ".join(f"{name} {_version(name)}" for name in EXPORTED_BY)
    if failed.exists() and with_packages not in failed.read_text():
        shutil.rmtree(folder)
    if not folder.exists():
        beside = folder.with_name(f".{folder.name}")
        shutil.rmtree(beside, ignore_errors=True)
        beside.mkdir(parents=True)
        try:
            _export(encoder, beside, texts)
        except NotExportable as reason:
            shutil.rmtree(beside)
            beside.mkdir()
            (beside / REASON_FILE).write_text(f"{reason}\nwith {with_packages}\n")
        beside.replace(folder)
    if failed.exists():
        on_failure(failed.read_text().splitlines()[0])
        return None
    readable_as(folder)  # also of an export made before this was seen to: builds share its files
    return OnnxEncoder(folder, spec=encoder.spec, revision=encoder.revision)


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "missing"


def _export(encoder: SentenceTransformerEncoder, folder: Path, texts: Sequence[str]) -> None:
    model = encoder.model
    try:
        _write(model, folder)
    except Exception as error:  # whatever a foreign model makes torch raise: it serves as it is
        raise NotExportable(f"{type(error).__name__}: {error}") from error
    copy = OnnxEncoder(folder, spec=encoder.spec, revision=encoder.revision)
    sample = [texts[place] for place in np.linspace(0, len(texts) - 1, min(SAMPLES, len(texts))).astype(int)]
    for ours, theirs in (
        (copy.encode_documents, encoder.encode_documents),
        (copy.encode_queries, encoder.encode_queries),
    ):
        least = float(np.sum(ours(sample) * theirs(sample), axis=1).min(initial=1.0))
        if not least >= LEAST_COSINE:
            raise NotExportable(f"its vectors agree to a cosine of {least:.5f} only, not {LEAST_COSINE}")


def _write(model: "SentenceTransformer", folder: Path) -> None:
    import onnx
    import torch

    class Embedding(torch.nn.Module):
        """Tokens to unit vectors: all modules of the model, pooling included."""

        def __init__(self) -> None:
            super().__init__()
            self.model = model  # so that its weights are parameters, not constants

        def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
            embedding: torch.Tensor = self.model(dict(zip(INPUTS, (input_ids, attention_mask), strict=True)))[
                "sentence_embedding"
            ]
            return embedding

    tokenizer = model.tokenizer.backend_tokenizer
    tokenizer.enable_truncation(model.max_seq_length)
    tokenizer.enable_padding(pad_id=model.tokenizer.pad_token_id, pad_token=model.tokenizer.pad_token)
    tokenizer.save(str(folder / TOKENIZER_FILE))
    example = tokenizer.encode_batch(["two texts of", "different lengths, so that one is padded"])
    given = tuple(
        torch.tensor(rows) for rows in ([one.ids for one in example], [one.attention_mask for one in example])
    )
    axes = {name: {0: "text", 1: "token"} for name in INPUTS} | {OUTPUT: {0: "text"}}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the tracer, about constants that are constant
        torch.onnx.export(
            Embedding().eval(),
            given,
            str(folder / MODEL_FILE),
            input_names=list(INPUTS),
            output_names=[OUTPUT],
            dynamic_axes=axes,
            opset_version=17,
            dynamo=False,
        )
    # The weights beside the model: ONNX Runtime maps such a file, so that processes share the vectors of the tokens.
    onnx.save_model(
        onnx.load(folder / MODEL_FILE),
        folder / MODEL_FILE,
        save_as_external_data=True,
        location=WEIGHTS_FILE,
    )
    prompts = model.prompts
    settings = ExportedSettings(
        dim=int(model.get_embedding_dimension() or 0),
        query_prompt=prompts.get("query") or "",
        document_prompt=prompts.get("document") or "",
    )
    (folder / SETTINGS_FILE).write_text(settings.model_dump_json(indent=2) + "\n")
