"""An exported encoder run by OpenVINO in bfloat16, for embedding much text on a processor that multiplies such numbers.

Such a processor (AVX512-BF16, AMX) multiplies them several times as fast as float32, and ONNX Runtime does not make use
of that. What is kept to eight bits are the factors; sums, norms and the vectors are float32.
"""

import os
from collections.abc import Mapping, Sequence
from functools import cached_property
from importlib.util import find_spec
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from search.encoders.onnx import MODEL_FILE, OnnxEncoder
from search.encoders.onnx_export import LEAST_COSINE
from search.vectors import Vectors

if TYPE_CHECKING:
    from openvino import CompiledModel, InferRequest

SAMPLES = 32
"""How many of the first texts are encoded both ways."""


class OpenVinoEncoder(OnnxEncoder):
    """The vectors of an export up to a cosine of LEAST_COSINE, else the export's own.

    Loaded when it is first used, and held against ONNX Runtime on the first texts. Where OpenVINO is not installed, or
    the processor knows no bfloat16, ONNX Runtime does it all.
    """

    batches_a_core = 2
    """OpenVINO runs them on threads of its own, which would wait while the next batch is put together: a fifth of the
    time."""

    def __init__(self, export: OnnxEncoder) -> None:
        super().__init__(export.folder, spec=export.spec, revision=export.revision)
        self._export = export
        self._is_held_against = False
        self._requests: SimpleQueue[InferRequest] = SimpleQueue()

    def _encode(self, texts: Sequence[str], prompt: str) -> Vectors:
        if not self._is_held_against and len(texts):
            self._is_held_against = True
            if self._compiled is not None:
                sample = texts[:: max(1, len(texts) // SAMPLES)]
                cosines = np.sum(super()._encode(sample, prompt) * self._export._encode(sample, prompt), axis=1)
                if not cosines.min() >= LEAST_COSINE:
                    self._compiled = None
        return super()._encode(texts, prompt)

    def _run(self, feed: Mapping[str, NDArray[np.int64]]) -> Vectors:
        if self._compiled is None:
            return self._export._run(feed)
        # A request is not to be shared between threads, and has memory of its own.
        try:
            request = self._requests.get_nowait()
        except Empty:
            request = self._compiled.create_infer_request()
        vectors: Vectors = request.infer(feed)[0].copy()
        self._requests.put(request)
        return vectors

    @cached_property
    def _compiled(self) -> "CompiledModel | None":
        if find_spec("openvino") is None:
            return None
        import openvino

        core, device = openvino.Core(), "CPU"
        if "BF16" not in core.get_property(device, "OPTIMIZATION_CAPABILITIES"):
            return None
        cores = os.cpu_count() or 1
        settings = {
            "INFERENCE_PRECISION_HINT": "bf16",
            "NUM_STREAMS": cores,  # one a core, as ONNX Runtime is used
            "INFERENCE_NUM_THREADS": cores,
            "ENABLE_CPU_PINNING": False,  # others are at work too
            # What is compiled for a shape is kept for so many; by default for 5,000, which take gigabytes.
            "CPU_RUNTIME_CACHE_CAPACITY": "100",
        }
        return core.compile_model(self.folder / MODEL_FILE, device, settings)
