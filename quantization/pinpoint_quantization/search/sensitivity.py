"""The harm of each type to each group of modules, on inputs from real pages.

`decode` is scored by the KL divergence of its logits from the float ones, at every token of real
answers after real prompts (teacher-forced); `refine` and `glance` by the edit distance of their
transcriptions and the noise of their other outputs; `detect` and `align` by their noise alone.
Figures of one stage can be compared, those of two stages cannot.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pinpoint_edge.bundle import Bundle
from pinpoint_edge.errors import OptionError
from pinpoint_edge.evaluation.metrics import levenshtein
from pinpoint_edge.storage.json_text import json_digest
from pinpoint_edge.storage.resumable_log import Log
from pinpoint_quantization.calibration.calibration_set import CalibrationSet, Feeds, spread
from pinpoint_quantization.recipe import KEEPING, WEIGHTS, StageRecipe
from pinpoint_quantization.search.groups import Group
from pinpoint_quantization.search.scores import GroupScore, score_log
from pinpoint_quantization.search.simulation import Simulation

Array = NDArray[Any]

SAFEST = "float32"
READINGS = {"refine": "classes", "glance": "reading"}
BLANK = 0
FORM = 2  # of a line in the log; lines of other forms are scored again


def key(stage: str, weights: str, data: str, recipe: StageRecipe, **more: Any) -> str:
    """Return the digest of all that the scores of a stage depend on.

    weights: digest of the stage's weights or files; data: of the calibration set.
    """
    facts = {"form": FORM, "stage": stage, "weights": weights, "data": data, **more}
    facts |= {"block": recipe.block, "symmetric": recipe.symmetric}
    facts |= {"granularity": recipe.granularity, "activations": recipe.activations}
    return json_digest(facts)


def score_stage(
    simulation: Simulation,
    data: CalibrationSet,
    kinds: Sequence[str],
    recipe: StageRecipe,
    log: Log[GroupScore],
    *,
    runs: int | None = None,
    seconds: Callable[[Group, str], float | None] = lambda group, kind: None,
    on_score: Callable[[GroupScore], None] = lambda score: None,
) -> list[GroupScore]:
    """Score every group in every type, except those in the log.

    kinds: types to try beside float32; recipe: the form of integers (block, symmetric,
    granularity);
    runs: number of the stage's calibration runs to use; seconds: time of a group in a type. A group
    that blocks do not fit stays in float32. Raises DataError and OptionError.
    """
    stage = simulation.stage
    for kind in kinds:
        if kind not in WEIGHTS:
            raise OptionError(f"There is no type '{kind}'; there are {', '.join(WEIGHTS)}.")
    chosen, answers = _runs(data, stage, runs)
    floats: list[dict[str, Array]] | None = None
    scores = []
    for group in simulation.groups:
        for kind in (SAFEST, *(kind for kind in kinds if kind != SAFEST)):
            score = log.done.get((group.name, kind))
            if score is None:
                if kind != SAFEST and not fits(group, recipe):
                    continue
                if kind != SAFEST and floats is None:
                    floats = [
                        simulation.run(feeds, answer=answer)
                        for feeds, answer in zip(chosen, answers, strict=True)
                    ]
                score = _score(simulation, group, kind, recipe, chosen, answers, floats or [])
                score = GroupScore(**{**vars(score), "seconds": seconds(group, kind)})
                log.add(score)
            scores.append(score)
            on_score(score)
    return scores


def score_bundle(
    bundle: Bundle,
    data: CalibrationSet,
    stage: str,
    kinds: Sequence[str],
    recipe: StageRecipe,
    path: Path | None,
    *,
    runs: int | None = None,
    threads: int | None = None,
    seconds: Callable[[Group, str], float | None] = lambda group, kind: None,
    timed: bool = False,
    on_groups: Callable[[int], None] = lambda count: None,
    on_score: Callable[[GroupScore], None] = lambda score: None,
) -> list[GroupScore]:
    """Score a stage of a float32 ONNX bundle on a calibration set that fits it.

    path: the log of scores for later runs; on_groups: called with their number before the first.
    Raises the errors of `Simulation` and `score_stage`.
    """
    entry = bundle.manifest.stages[stage]
    weights = [bundle.manifest.files[name].sha256 for name in (entry.file, *entry.data)]
    log = score_log(
        path, key(stage, " ".join(weights), data.digest(), recipe, runs=runs, timed=timed)
    )
    inputs = 0 if recipe.activations in KEEPING else recipe.block
    simulation = Simulation(bundle.stage_path(stage), stage, inputs=inputs, threads=threads)
    on_groups(len(simulation.groups) * len({SAFEST, *kinds}))
    try:
        return score_stage(
            simulation, data, kinds, recipe, log, runs=runs, seconds=seconds, on_score=on_score
        )
    finally:
        simulation.close()


def fits(group: Group, recipe: StageRecipe) -> bool:
    """Whether a recipe's blocks divide the rows of all weights of a group; convolutions have none.

    A recipe without blocks fits all.
    """
    if recipe.granularity != "block":
        return True
    return not any(
        site.convolution or site.count // site.shape[site.order[0]] % recipe.block
        for site in group.sites
    )


def _runs(
    data: CalibrationSet, stage: str, runs: int | None
) -> tuple[Sequence[Feeds], Sequence[int]]:
    """Return `runs` runs of the stage, spread over all pages, and the lengths of their answers."""
    found = data.of(stage)
    answers = data.answer_lengths() if stage == "decode" else (0,) * len(found)
    places = spread(len(found), len(found) if runs is None else runs)
    return [found[place] for place in places], [answers[place] for place in places]


def _score(
    simulation: Simulation,
    group: Group,
    kind: str,
    recipe: StageRecipe,
    chosen: Sequence[Feeds],
    answers: Sequence[int],
    floats: Sequence[Mapping[str, Array]],
) -> GroupScore:
    stage = simulation.stage
    if kind == SAFEST:
        return GroupScore(stage, group.name, kind, group.modules, 4 * group.count, 0.0, None, 0.0)
    rounded = simulation.rounded(group, kind, recipe)
    integers = kind.startswith("int")
    got = (
        simulation.run(feeds, rounded.weights, (group.name,) if integers else (), answer=answer)
        for feeds, answer in zip(chosen, answers, strict=True)
    )
    harm, sqnr, changed = compare(stage, chosen, floats, got)
    return GroupScore(stage, group.name, kind, group.modules, rounded.size, harm, sqnr, changed)


def compare(
    stage: str,
    feeds: Sequence[Feeds],
    expected: Sequence[Mapping[str, Array]],
    got: Iterator[Mapping[str, Array]] | Sequence[Mapping[str, Array]],
) -> tuple[float, float | None, float]:
    """Return harm, SQNR in dB (None: equal) and share of changed tokens or characters."""
    signal = noise = divergence = 0.0
    changed = count = 0
    for fed, truth, found in zip(feeds, expected, got, strict=True):
        if stage == "decode":
            divergence += kl_divergence(truth["logits"], found["logits"])
            changed += int((truth["logits"].argmax(-1) != found["logits"].argmax(-1)).sum())
            count += len(truth["logits"])
        used = fed["widths"] > 0 if "widths" in fed else slice(None)
        if stage in READINGS:
            edits, characters = _edits(truth[READINGS[stage]][used], found[READINGS[stage]][used])
            changed, count = changed + edits, count + characters
        for name, values in truth.items():
            if values.dtype.kind == "f":
                one, other = values[used].astype(np.float64), found[name][used].astype(np.float64)
                signal += float(np.square(one).sum())
                noise += float(np.square(one - other).sum())
    share = changed / count if count else 0.0
    ratio = noise / signal if signal else 0.0
    sqnr = -10 * math.log10(ratio) if ratio else None
    harm = divergence / max(count, 1) if stage == "decode" else share + ratio
    return harm, sqnr, share


def kl_divergence(expected: Array, got: Array) -> float:
    """Return the KL divergence of softmax(got) from softmax(expected), f32 (rows, n), summed.

    In nats; never below 0, which rounding would allow.
    """
    one, other = _log_softmax(expected), _log_softmax(got)
    return max(0.0, float((np.exp(one) * (one - other)).sum()))


def _log_softmax(logits: Array) -> Array:
    values: Array = logits.astype(np.float64)
    values = values - values.max(-1, keepdims=True)
    values = values - np.log(np.exp(values).sum(-1, keepdims=True))
    return values


def _edits(expected: Array, got: Array) -> tuple[int, int]:
    """Return the edits between transcriptions, and the number of expected characters."""
    pairs = [(_collapsed(one), _collapsed(other)) for one, other in zip(expected, got, strict=True)]
    return sum(levenshtein(*pair) for pair in pairs), sum(len(one) for one, _ in pairs)


def _collapsed(classes: Array) -> str:
    """Return a row of classes, (steps,) or (steps, top), as CTC reads it: a character a class."""
    best = classes if classes.ndim == 1 else classes[:, 0]
    kept = best[np.insert(best[1:] != best[:-1], 0, True)]
    return "".join(chr(0x10000 + int(value)) for value in kept if value != BLANK)
