"""An exported encoder run by OpenVINO in bfloat16, for embedding much text on a processor that multiplies such numbers.

Such a processor (AVX512-BF16, AMX) multiplies them several times as fast as float32, and ONNX Runtime does not make use
of that. What is kept to eight bits are the factors; sums, norms and the vectors are float32.
"""

import os
from collections.abc import Callable, Sequence
from functools import cached_property
from importlib.util import find_spec
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np

from search.encoders.onnx import MODEL_FILE, Feed, OnnxEncoder
from search.encoders.onnx_export import LEAST_COSINE
from search.vectors import Vectors

if TYPE_CHECKING:
    from openvino import AsyncInferQueue, CompiledModel, InferRequest

SAMPLES = 32
"""How many of the first texts are encoded both ways."""


class OpenVinoEncoder(OnnxEncoder):
    """The vectors of an export up to a cosine of LEAST_COSINE, else the export's own.

    Loaded when it is first used, and held against ONNX Runtime on the first texts. Where OpenVINO is not installed, or
    the processor knows no bfloat16, ONNX Runtime does it all.
    """

    def __init__(self, export: OnnxEncoder) -> None:
        super().__init__(export.folder, spec=export.spec, revision=export.revision)
        self._export = export
        self._is_held_against = False
        self._one_at_a_time = Lock()

    def _encode(self, texts: Sequence[str], prompt: str) -> Vectors:
        if not self._is_held_against and len(texts):
            self._is_held_against = True
            if self._compiled is not None:
                sample = texts[:: max(1, len(texts) // SAMPLES)]
                cosines = np.sum(super()._encode(sample, prompt) * self._export._encode(sample, prompt), axis=1)
                if not cosines.min() >= LEAST_COSINE:
                    self._compiled = self._queue = None
        return super()._encode(texts, prompt)

    def _run(self, batches: Sequence[Sequence[int]], feed: Callable[[Sequence[int]], Feed], vectors: Vectors) -> None:
        queue = self._queue
        if queue is None:
            self._export._run(batches, feed, vectors)
            return

        def keep(request: "InferRequest", places: Sequence[int]) -> None:
            vectors[places] = request.get_output_tensor().data

        # From one thread: several that each ask have been seen to wait for one another for ever.
        with self._one_at_a_time:
            queue.set_callback(keep)
            for places in batches:
                queue.start_async(dict(feed(places)), places)
            queue.wait_all()

    @cached_property
    def _queue(self) -> "AsyncInferQueue | None":
        """Twice as many requests as cores: while some run, the next are put together."""
        if self._compiled is None:
            return None
        import openvino

        return openvino.AsyncInferQueue(self._compiled, 2 * (os.cpu_count() or 1))

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
