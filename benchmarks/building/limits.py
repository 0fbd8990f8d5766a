"""What the machine could do at most: floating-point operations of a matrix product, and what a text takes of them."""

import time
from collections.abc import Iterable

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper

# The largest products of a layer of MiniLM-L6, for some thousand tokens.
ROWS, HIDDEN, INNER = 4096, 384, 1536


def encoder_flops(tokens: Iterable[int], *, layers: int, hidden: int, inner: int) -> int:
    """Floating-point operations of a BERT encoder for texts of so many tokens, a multiply-add being two.

    Of products alone: four of hidden x hidden and two of hidden x inner for each token and layer, and for each pair of
    tokens two of length hidden.
    """
    weights = 4 * hidden * hidden + 2 * hidden * inner
    return sum(2 * layers * (count * weights + 2 * count * count * hidden) for count in tokens)


def product_flops(*, seconds: float = 1.0) -> dict[str, float]:
    """Library -> operations a second of one thread by its best product of float32, or of bfloat16."""
    import torch

    left, right = np.ones((ROWS, HIDDEN), np.float32), np.ones((HIDDEN, INNER), np.float32)
    graph = helper.make_graph(
        [helper.make_node("MatMul", ["left", "right"], ["out"])],
        "product",
        [helper.make_tensor_value_info("left", TensorProto.FLOAT, left.shape)],
        [helper.make_tensor_value_info("out", TensorProto.FLOAT, (ROWS, INNER))],
        [onnx.numpy_helper.from_array(right, "right")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    halves = torch.ones((ROWS, HIDDEN), dtype=torch.bfloat16), torch.ones((HIDDEN, INNER), dtype=torch.bfloat16)
    found = {}
    for name, multiply in {
        "float32, ONNX Runtime": lambda: session.run(None, {"left": left}),
        "float32, torch": lambda: torch.from_numpy(left) @ torch.from_numpy(right),
        "bfloat16, torch": lambda: halves[0] @ halves[1],
    }.items():
        multiply()
        best, end = np.inf, time.perf_counter() + seconds
        while time.perf_counter() < end:
            begun = time.process_time()
            multiply()
            best = min(best, time.process_time() - begun)
        found[name] = 2 * ROWS * HIDDEN * INNER / best
    torch.set_num_threads(threads)
    return found


def bytes_a_second(*, size: int = 2**30) -> float:
    """Bytes that one thread reads a second, in one pass over an array that no cache holds."""
    array = np.ones(size // 4, np.float32)
    best = np.inf
    for _ in range(10):
        begun = time.process_time()
        array.max()
        best = min(best, time.process_time() - begun)
    return array.nbytes / best
