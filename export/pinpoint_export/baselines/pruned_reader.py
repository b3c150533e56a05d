"""FastV behind the pipeline: the full-page strategy with a language model that drops tokens.

All else is as for other strategies: regions, transcriptions, prompt, constrained decoding. The
dropped tokens depend on the question, so that only the first layers' part of a page can be kept for
the next question.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, cast

import numpy as np
from numpy.typing import NDArray

from pinpoint_edge.bundle import Bundle
from pinpoint_edge.generation import prompt
from pinpoint_edge.generation.generator import Generator
from pinpoint_edge.reader import PinPoint
from pinpoint_edge.runtime.bundle_source import runtime_for, stage_file
from pinpoint_runtimes import KVCache
from pinpoint_runtimes.runtime import RuntimeOptions

if TYPE_CHECKING:
    from pinpoint_export.baselines.fastv import FastVCache
    from pinpoint_models.decoder.model import Decoder
    from pinpoint_runtimes.torch import TorchKVCache


class PruningGenerator(Generator):
    """A generator whose caches are `FastVCache`s; `keep`: the share of the evidence they keep."""

    keep = 1.0

    def _read(
        self, cache: KVCache, built: prompt.Prompt, kept: int, visual: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        evidence = (built.prefix_length, built.question_start)
        pruning = cast("FastVCache", cache)
        return pruning.read_pruned(built.ids[kept:], visual, evidence, self.keep)


def load_with_fastv(path: str, after: int, threads: int | None) -> tuple[PinPoint, PinPoint]:
    """Load a bundle's torch reference twice: as it is, and with a `PruningGenerator`; see `paired`.

    Raises BundleError when the bundle was made of other weights than the reference's, BackendError
    without torch, OptionError for a layer that is not there.
    """
    bundle = Bundle.open(path, check_backends=False)
    runtime = runtime_for(bundle, "torch")
    model = PinPoint.load(path, runtime="torch", threads=threads)
    # Through the model's stages first: it turns the runtime's refusal into our error.
    model.engine.stages.kv_cache(1).close()
    cache = cast(
        "TorchKVCache", runtime.kv_cache(stage_file(bundle, "decode"), 1, RuntimeOptions(threads))
    )
    return paired(model, cache.module, after)


def paired(model: PinPoint, decoder: Decoder, after: int) -> tuple[PinPoint, PinPoint]:
    """Put `decoder` behind the reader, and behind a second one that prunes after a layer.

    Both share the vision stages and run the language model by the same code, so that their times
    can be compared. Raises OptionError for a layer that is not there.
    """
    from pinpoint_export.baselines.fastv import FastVCache

    FastVCache(decoder, 1, after).close()  # refuses a layer before any page is opened

    def reader(kind: type[Generator]) -> PinPoint:
        engine = model.engine
        generator = kind(
            engine.tokenizer,
            lambda capacity: FastVCache(decoder, capacity, after),
            capacity=engine.manifest.kv.capacity,
            context=engine.generator.context,
            d_llm=engine.manifest.d_llm,
            prior=engine.manifest.not_found,
        )
        return PinPoint(replace(engine, generator=generator))

    return reader(Generator), reader(PruningGenerator)


def mean_rows(prompt_rows: int, prunable: int, keep: float, after: int, layers: int) -> float:
    """Rows of the prompt that a layer reads, on average over all layers.

    The work of a prompt is nearly proportional to it, so that it compares pruning, whose first
    layers see everything, with strategies that bring fewer tokens to all layers.
    """
    dropped = prunable - math.ceil(keep * prunable)
    return prompt_rows - dropped * (layers - after) / layers
