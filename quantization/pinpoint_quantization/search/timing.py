"""The time of a group's products in each type on this machine, for a search that saves latency.

Each shape is timed alone in ONNX Runtime, the types in turns, so that their ratio holds on a busy
machine. A small matrix stays in the processor's cache here but not in a whole model, so float32
looks slightly faster than it is.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from statistics import median
from typing import Any

import numpy as np
from onnx import TensorProto, helper, numpy_helper

from pinpoint_edge.errors import OptionError
from pinpoint_quantization.blocks import quantize
from pinpoint_quantization.onnx.blocks import DOMAIN, product_of
from pinpoint_quantization.onnx.session import session_of
from pinpoint_quantization.recipe import BITS, StageRecipe
from pinpoint_quantization.search.groups import Group, Site

PROMPT_ROWS, ANSWER_STEPS = 192, 10  # of a usual question
ROUNDS = 7
OPSET = 20
TIMED = ("float32", *BITS)


class GroupTimes:
    """Seconds that a question spends in a group's products; call it with a group and a type."""

    def __init__(
        self, kinds: Sequence[str], recipe: StageRecipe, *, threads: int = 1, rounds: int = ROUNDS
    ) -> None:
        if unknown := sorted(set(kinds) - set(TIMED)):
            raise OptionError(
                f"The time of {unknown[0]} cannot be measured here; that of {', '.join(TIMED)} can."
            )
        self._kinds = tuple(dict.fromkeys(("float32", *kinds)))
        self._recipe, self._threads, self._rounds = recipe, threads, rounds
        self._times: dict[tuple[int, int, int], Mapping[str, float]] = {}

    def __call__(self, group: Group, kind: str) -> float | None:
        """Return the seconds, None for a group that convolves."""
        if any(site.convolution for site in group.sites):
            return None
        return sum(self._of(site)[kind] for site in group.sites)

    def _of(self, site: Site) -> Mapping[str, float]:
        outputs = site.shape[site.order[0]]
        columns = site.count // outputs
        # The tied table scores one row for each token; other weights multiply the prompt too.
        prompt = 1 if outputs > 8 * columns else PROMPT_ROWS
        key = (outputs, columns, prompt)
        if key not in self._times:
            whole = measure(
                outputs, columns, prompt, self._kinds, self._recipe, self._threads, self._rounds
            )
            step = whole if prompt == 1 else measure(
                outputs, columns, 1, self._kinds, self._recipe, self._threads, self._rounds
            )  # fmt: skip
            self._times[key] = {kind: whole[kind] + ANSWER_STEPS * step[kind] for kind in whole}
        return self._times[key]


def measure(
    outputs: int,
    columns: int,
    rows: int,
    kinds: Sequence[str],
    recipe: StageRecipe,
    threads: int,
    rounds: int,
) -> dict[str, float]:
    """Return the median seconds of one product (rows, columns) x (columns, outputs) by type."""
    random = np.random.default_rng(0)
    weights = random.standard_normal((outputs, columns), np.float32)
    taken = random.standard_normal((1, rows, columns), np.float32)
    sessions = {
        kind: _session(weights, kind, recipe, threads)
        for kind in kinds
        if kind not in BITS or columns % recipe.block == 0
    }
    fed = {
        kind: np.repeat(taken, 2, 1) if product_of(kind, recipe.activations)[1] else taken
        for kind in sessions
    }
    times: dict[str, list[float]] = {kind: [] for kind in sessions}
    for number in range(rounds + 1):
        for kind, session in sessions.items():
            start = time.perf_counter()
            session.run(None, {"x": fed[kind]})
            if number:  # the first run allocates
                times[kind].append(time.perf_counter() - start)
    return {kind: median(taken_seconds) for kind, taken_seconds in times.items()}


def timer(
    kinds: Sequence[str], recipe: StageRecipe, *, wanted: bool, threads: int | None
) -> Callable[[Group, str], float | None]:
    """Return the function for the time of a group in a type; it returns None unless `wanted`."""
    if not wanted:
        return lambda group, kind: None
    return GroupTimes(kinds, recipe, threads=threads or 1)


def _session(weights: Any, kind: str, recipe: StageRecipe, threads: int) -> Any:
    outputs, columns = weights.shape
    if kind not in BITS:
        node = helper.make_node("MatMul", ["x", "w"], ["y"])
        arrays = {"w": np.ascontiguousarray(weights.T)}
    else:
        blocks = quantize(weights, BITS[kind], recipe.block, symmetric=recipe.symmetric)
        arrays = {"w": blocks.packed, "s": blocks.scales}
        if blocks.zero_points is not None:
            arrays["z"] = blocks.zero_points
        node = helper.make_node(
            "MatMulNBits", ["x", *arrays], ["y"], domain=DOMAIN, K=columns, N=outputs,
            bits=BITS[kind], block_size=recipe.block,
            accuracy_level=product_of(kind, recipe.activations)[0],
        )  # fmt: skip
    graph = helper.make_graph(
        [node],
        "product",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, None, columns])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, None, outputs])],
        [numpy_helper.from_array(array, name) for name, array in arrays.items()],
    )
    imports = [helper.make_opsetid("", OPSET), helper.make_opsetid(DOMAIN, 1)]
    model = helper.make_model(graph, opset_imports=imports, ir_version=10)
    return session_of(model, threads=threads)
