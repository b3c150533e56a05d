"""The decode stage measured as it is used: through a KV cache, run after run, beside torch's.

The script reads a real prompt in parts of several sizes, decodes 32 greedy steps, goes back and
reads other rows over those that it forgot. What a cache can do wrong shows in the logits of a run:
a slot that was not overwritten, a row of filling that is seen, a position that is off by one. All
caches get the tokens that the reference chose, so that one early difference does not make all
later steps incomparable.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from pinpoint_export.parity.comparison import Tier, compare
from pinpoint_export.parity.figures import Array
from pinpoint_export.parity.precision import VARIANTS
from pinpoint_export.parity.stage_parity import GreedyAgreement, StageParity
from pinpoint_models.decoder.model import Decoder
from pinpoint_runtimes.runtime import Runtime, RuntimeOptions, StageFile
from pinpoint_runtimes.session import KVCache
from pinpoint_runtimes.torch import TorchKVCache

if TYPE_CHECKING:
    from pinpoint_models.stages import StageProgram

STEPS = 32
CAPACITY = 512
PARTS = (5, 1, 64, 131)
"""Rows of the runs that read the prompt: a stage of fixed size fills the 5 up, unseen by the 1."""
KEPT = 40
OTHER_PARTS = (5, 1, 64, 1)
TIE_SIGMAS = 4.0

# The ids of a prompt about a broadcaster's invoice, as `pinpoint_edge.generation.prompt` builds it
# with SmolLM2's tokenizer; -1 - k is the slot of visual token k.
PROMPT = (
    1, 15886, 42, 198, -1, 426, 3010, 49126, 30040, 5633, 3020, 28074, 30040, 25317, 4171, 198, -2,
    6484, 9628, 2838, 30, 216, 36, 40, 34, 33, 35, 29, 50, 198, -3, 13966, 216, 32, 35, 31, 33, 34,
    31, 34, 32, 34, 32, 198, -4, 11453, 408, 32891, 74, 29, 27620, 216, 16771, 216, 39, 198, -5,
    28414, 14793, 42, 7632, 327, 11285, 38298, 198, -6, 19827, 8151, 216, 33, 32, 31, 33, 41, 31,
    34, 32, 731, 216, 33, 33, 31, 32, 35, 31, 34, 32, 198, -7, 22079, 907, 34, 32, 41, 36, 36, 33,
    39, 198, -8, 1691, 1565, 216, 38, 36, 216, 20841, 1885, 33, 28, 36, 39, 37, 30, 32, 32, 198, -9,
    8640, 8577, 216, 33, 37, 21, 1885, 33, 36, 28, 33, 38, 32, 30, 32, 32, 198, -10, 5739, 1902,
    1568, 1885, 40, 32, 28, 34, 36, 32, 30, 32, 32, 198, -11, 10983, 515, 1127, 216, 35, 32, 2009,
    282, 30691, 198, -12, 7538, 277, 42, 530, 30, 13988, 28, 24136, 17230, 198, -13, 216, 34, 39,
    16792, 7216, 28, 37308, 28, 18369, 216, 38, 34, 39, 32, 36, 198, 17872, 42, 1812, 314, 260,
    1925, 1902, 1568, 47, 198, 21350, 42,
)  # fmt: skip
VISUALS = 13


@dataclass(frozen=True)
class Run:
    """One run of a cache: keep so many rows (all: None), then append `ids` i32 (q,)."""

    where: str
    keep: int | None
    ids: NDArray[np.int32]
    greedy: bool = False


def prompt_ids(vocabulary: int) -> NDArray[np.int32]:
    """Return the prompt, i32 (201,), with its visual slots; a smaller vocabulary wraps the ids."""
    ids = [vocabulary - 1 - i if i < 0 else i % vocabulary for i in PROMPT]
    return np.array(ids, np.int32)


def visual_tokens(decoder: Decoder) -> NDArray[np.float32]:
    """Return seeded visual tokens, f32 (VISUALS, width), of the size of the token embeddings."""
    random = np.random.default_rng(0)
    scale = float(decoder.embedding.weight.detach().std())
    return (random.standard_normal((VISUALS, decoder.config.width)) * scale).astype(np.float32)


def measure_decode(
    program: StageProgram, file: StageFile, runtime: Runtime, tier: Tier
) -> StageParity:
    """Measure a lowered decode stage through the runtime's KV cache; raises RuntimeFailure."""
    decoder = program.module
    assert isinstance(decoder, Decoder)
    with closing(runtime.kv_cache(file, CAPACITY, RuntimeOptions())) as cache:
        return compare_caches(decoder, cache, tier)


def compare_caches(decoder: Decoder, cache: KVCache, tier: Tier) -> StageParity:
    """Run the script on an empty cache and on the reference's; compare all logits."""
    visual = visual_tokens(decoder)
    runs, expected = _reference(decoder, visual)
    found = list(_replay(cache, runs, visual))
    own: list[Array] = []

    def rounded(number: int) -> Array:
        if not own:
            variant = TorchKVCache(VARIANTS[tier.precision](decoder), CAPACITY)
            own.extend(_replay(variant, runs, visual))
        return own[number]

    parity = StageParity("decode", tier.name)
    for number, run in enumerate(runs):
        logits = compare(
            expected[number],
            found[number],
            tier,
            partial(rounded, number),
            prefix=f"{run.where}: ",
        )
        parity = parity.with_tensors({"logits": logits})
    steps = [number for number, run in enumerate(runs) if run.greedy]
    greedy = greedy_agreement([expected[n] for n in steps], [found[n] for n in steps], tier)
    return StageParity(parity.stage, parity.tier, parity.tensors, greedy)


def greedy_agreement(
    expected: Sequence[Array], found: Sequence[Array], tier: Tier
) -> GreedyAgreement:
    """Compare the greedy tokens of logits f32 (vocabulary,), step by step.

    Two tokens are a tie when the reference's logits of them are nearer than TIE_SIGMAS times the
    noise that the tier allows.
    """
    identical, failure = 0, None
    for step, (logits, other) in enumerate(zip(expected, found, strict=True)):
        token, given = int(logits.argmax()), int(np.nan_to_num(other, nan=np.inf).argmax())
        if token == given:
            identical += 1
            continue
        size = float(np.sqrt(np.square(logits, dtype=np.float64).mean()))
        tie = TIE_SIGMAS * size * 10 ** (-tier.least_sqnr_db / 20)
        lead = float(logits[token] - logits[given])
        if lead > tie and failure is None:
            failure = (
                f"step {step}: token {given} in place of {token}, which leads by {lead:.3g} "
                f"(up to {tie:.2g} is a tie)"
            )
    return GreedyAgreement(len(expected), identical, failure)


def _reference(decoder: Decoder, visual: Array) -> tuple[list[Run], list[Array]]:
    """Run the script on the reference; give its runs, greedy tokens filled in, and its logits."""
    runs: list[Run] = []
    logits: list[Array] = []
    cache = TorchKVCache(decoder, CAPACITY)

    def play(run: Run) -> None:
        runs.append(run)
        logits.extend(_replay(cache, [run], visual))

    ids = prompt_ids(decoder.config.vocabulary)
    for part in _parts(ids, PARTS):
        play(Run(f"the prompt up to row {cache.length + len(part)}", None, part))
    # The last row of the prompt gives the first token; each token's run the next one.
    runs[-1] = Run(runs[-1].where, None, runs[-1].ids, greedy=True)
    for step in range(1, STEPS):
        token = np.array([logits[-1].argmax()], np.int32)
        play(Run(f"greedy step {step}", None, token, greedy=True))
    other = ids[::-1].copy()
    row = KEPT
    for part in _parts(other, OTHER_PARTS):
        row += len(part)
        where = f"truncate({KEPT}), then other rows up to {row}"
        play(Run(where, KEPT if row == KEPT + len(part) else None, part))
    play(Run("truncate(0), then 64 other rows", 0, other[:64]))
    return runs, logits


def _replay(cache: KVCache, runs: Sequence[Run], visual: Array) -> Iterator[Array]:
    for run in runs:
        if run.keep is not None:
            cache.truncate(run.keep)
        yield cache.run(run.ids, visual)


def _parts(ids: NDArray[np.int32], sizes: Sequence[int]) -> Iterator[NDArray[np.int32]]:
    start = 0
    for size in sizes:
        yield ids[start : start + size]
        start += size
