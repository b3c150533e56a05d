"""A whole search on an ONNX bundle: pages, calibration, scores, choice, answers, the recipe.

`onnx_search` makes candidates by quantizing the bundle's own graphs; the exporter calls
`run_search` with a function that lowers them.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from pinpoint_edge.bundle import Bundle
from pinpoint_edge.commands.terminal import progress
from pinpoint_edge.errors import BundleError, DataError, OptionError, OutputError
from pinpoint_edge.evaluation.dataset import AnnotatedPage, load_dataset
from pinpoint_quantization.calibration.calibration_set import CalibrationSet, load_for
from pinpoint_quantization.calibration.collect import collect
from pinpoint_quantization.calibration.pages import calibration_pages, without_held_out
from pinpoint_quantization.recipe import BITS, STAGES, WEIGHTS, Recipe, StageRecipe
from pinpoint_quantization.search.candidate import candidate, check_stages
from pinpoint_quantization.search.choice import Found, SearchLimits, Verified, search
from pinpoint_quantization.search.ladder import Rung
from pinpoint_quantization.search.recipe_file import write_recipe
from pinpoint_quantization.search.scores import GroupScore
from pinpoint_quantization.search.sensitivity import score_bundle
from pinpoint_quantization.search.timing import timer
from pinpoint_quantization.search.verify import answers_of, compare_answers

SCORED_PAGES = 12
COMMENT_WIDTH = 98
SCORED_SHARE = 3  # one page of three is scored on, the others are asked


@dataclass(frozen=True)
class Settings:
    """The options of a search; see `pinpoint-quantize sensitivity -h`."""

    limits: SearchLimits
    base: Recipe
    stages: tuple[str, ...] = ("decode",)
    types: tuple[str, ...] = ("int8", "int4")
    runs: int = 8
    questions: int = 120
    skip_held_out: bool = False
    threads: int | None = None

    def __post_init__(self) -> None:
        for stage in self.stages:
            if stage not in STAGES:
                raise OptionError(f"There is no stage '{stage}'; there are {', '.join(STAGES)}.")
        for kind in self.types:
            if kind not in WEIGHTS:
                raise OptionError(f"There is no type '{kind}'; there are {', '.join(WEIGHTS)}.")

    def searched(self) -> Recipe:
        """Return the base with the searched stages in float32, and the form of their integers."""
        stages = dict(self.base.stages)
        for stage in self.stages:
            given = stages[stage]
            integers = given if given.types() & BITS.keys() else StageRecipe("int4")
            stages[stage] = replace(integers, weights="float32", modules=())
        return Recipe(self.base.name, stages, self.base.vocabulary)


Make = Callable[[Recipe], AbstractContextManager[Bundle]]
OnTry = Callable[[Rung, Verified], None]


def onnx_search(
    bundle: Bundle,
    data: Path,
    out: Path,
    settings: Settings,
    *,
    calibration: Path | None = None,
    on_try: OnTry = lambda rung, verified: None,
) -> tuple[Found, list[GroupScore], str]:
    """Search on an ONNX bundle and write the recipe; return it, the scores, the set's digest.

    Raises OptionError (a limit that cannot be kept to), DataError, BundleError, OutputError.
    """
    check_stages(_everything(settings))
    check_float(bundle)
    pages = pages_to_ask(data, settings)
    kept = search_folder(out)
    return run_search(
        bundle,
        pages,
        data,
        out,
        settings,
        lambda recipe: candidate(bundle, recipe, kept),
        calibration=calibration,
        on_try=on_try,
    )


def run_search(
    bundle: Bundle,
    pages: Sequence[AnnotatedPage],
    data: Path,
    out: Path,
    settings: Settings,
    make: Make,
    *,
    runtime: str | None = None,
    calibration: Path | None = None,
    on_try: OnTry = lambda rung, verified: None,
) -> tuple[Found, list[GroupScore], str]:
    """Score on a float32 ONNX bundle, choose, ask the candidates, and write the recipe.

    pages: of `pages_to_ask`; make: gives the bundle of a candidate for a block; runtime: of the
    candidates. Returns and raises as `onnx_search`.
    """
    kept = search_folder(out)
    found = calibration_set(bundle, data, kept, settings, calibration)
    scores = score_stages(bundle, found, kept, settings)
    reference = answers_with_progress(bundle, pages, kept, settings.threads)

    def verify(recipe: Recipe) -> Verified:
        with make(recipe) as made:
            answers = answers_with_progress(made, pages, kept, settings.threads, runtime)
            return compare_answers(pages, answers, reference, made.size)

    chosen = search(
        scores,
        settings.searched(),
        recipe_name(out),
        settings.limits,
        rest=rest_of(bundle, scores),
        verify=verify,
        on_try=on_try,
    )
    write_recipe(chosen.recipe, out, recipe_comment(chosen, data, found.digest()))
    return chosen, scores, found.digest()


def score_stages(
    bundle: Bundle, found: CalibrationSet, kept: Path, settings: Settings
) -> list[GroupScore]:
    """Score the searched stages; scores are kept in `scores.jsonl` of the folder.

    Raises BundleError for a bundle that is not of the target onnx and the recipe fp32.
    """
    check_float(bundle)
    recipe = settings.searched()
    wanted = settings.limits.optimize == "latency"
    scores: list[GroupScore] = []
    for stage in settings.stages:
        integers = recipe.stages[stage]
        with _counting(stage) as (on_groups, on_score):
            scores += score_bundle(
                bundle, found, stage, settings.types, integers, kept / "scores.jsonl",
                runs=settings.runs, threads=settings.threads, timed=wanted,
                seconds=timer(settings.types, integers, wanted=wanted, threads=settings.threads),
                on_groups=on_groups, on_score=on_score,
            )  # fmt: skip
    return scores


@contextmanager
def _counting(stage: str) -> Iterator[tuple[Callable[[int], None], Callable[[GroupScore], None]]]:
    """Give the listeners of a progress bar: one for the number of scores, one for each score."""
    with ExitStack() as stack:
        advance: list[Callable[[object], None]] = []

        def begin(count: int) -> None:
            advance.append(stack.enter_context(progress(count, f"{stage} score")))

        yield begin, lambda score: advance[0](score)


def check_float(bundle: Bundle) -> None:
    """Raise BundleError unless a bundle is of the target onnx and keeps its weights in float32."""
    manifest = bundle.manifest
    kinds = set(manifest.recipe.weights.values())
    if manifest.target != "onnx" or not kinds <= {"float32"}:
        raise BundleError(
            f"A search starts from an ONNX bundle in float32; '{manifest.name}' is for "
            f"{manifest.target} and keeps {', '.join(sorted(kinds)) or 'something else'}. Export "
            "one with `pinpoint-export --target onnx --recipe fp32`."
        )


def search_folder(out: Path) -> Path:
    """Make the folder beside a recipe's file for the results of its search; raises OutputError."""
    folder = out.with_name(f"{out.name}.search")
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise OutputError(f"{folder} cannot be made: {error.strerror}; choose another.") from error
    return folder


def recipe_name(out: Path) -> str:
    """Return a recipe's name from its file: "mine" from "Mine.toml"."""
    letters = "".join(c if c.isascii() and (c.isalnum() or c in "._-") else "-" for c in out.stem)
    return letters.lower().lstrip("._-")[:64] or "searched"


def pages_to_ask(data: Path, settings: Settings) -> list[AnnotatedPage]:
    """Return the pages whose questions a recipe must answer, apart from those that are scored on.

    A single page serves both. Raises DataError for held-out pages.
    """
    pages = _allowed(data, settings)
    others = [page for number, page in enumerate(pages) if number % SCORED_SHARE] or pages
    chosen, count = [], 0
    for page in others:
        if count >= settings.questions:
            break
        questions = page.questions[: settings.questions - count]
        chosen.append(replace(page, questions=questions))
        count += len(questions)
    return chosen


def calibration_place(bundle: Bundle, kept: Path) -> Path:
    """Return the file of a search's own calibration set."""
    return kept / f"calibration-{bundle.digest[:16]}.npz"


def calibration_set(
    bundle: Bundle, data: Path, kept: Path, settings: Settings, given: Path | None
) -> CalibrationSet:
    """Return the given set, or one of the pages of `data` that are not asked; raises DataError."""
    if given is not None:
        return load_for(given, bundle)
    path = calibration_place(bundle, kept)
    pages = calibration_pages(_allowed(data, settings)[::SCORED_SHARE][:SCORED_PAGES])
    if path.exists():
        found = load_for(path, bundle)
        if len(found.about.pages) == len(pages):
            return found
    with progress(len(pages), "calibration page") as on_page:
        found = collect(bundle, pages, threads=settings.threads, on_page=on_page)
    found.save(path)
    return found


def _allowed(data: Path, settings: Settings) -> list[AnnotatedPage]:
    pages = load_dataset(data)
    free = without_held_out(calibration_pages(pages), skip=settings.skip_held_out)
    kept = {page.path for page in free}
    found = [page for page in pages if page.path in kept]
    if not found:
        raise DataError(f"{data}: all of its pages are kept for measuring; give others.")
    # Files are often sorted by kind; each part of a search must see all kinds.
    return [found[place] for place in np.random.default_rng(0).permutation(len(found))]


def answers_with_progress(
    bundle: Bundle,
    pages: Sequence[AnnotatedPage],
    kept: Path,
    threads: int | None,
    runtime: str | None = None,
) -> dict[str, str | None]:
    """Ask a bundle the questions of the pages, with a progress bar; see `answers_of`."""
    with progress(len(pages), f"{bundle.manifest.recipe.name} page") as on_page:
        return answers_of(bundle, pages, kept, runtime=runtime, threads=threads, on_page=on_page)


def rest_of(bundle: Bundle, scores: Sequence[GroupScore]) -> int:
    """Return the bytes of a float32 bundle beside the weights that are searched."""
    return bundle.size - sum(score.size for score in scores if score.kind == "float32")


def recipe_comment(found: Found, data: Path, digest: str) -> list[str]:
    """Return the comment of a searched recipe: its figures, its data and its calibration set."""
    text = (
        "Found by a search of a type for each group of modules, and asked real questions of "
        f"{data.name}: {found.verified.summary()}, float32 {found.verified.reference_anls:.4f}; "
        f"{found.rung.harm:.1%} of the coarsest choice's harm expected. Calibration set:"
    )
    return [*textwrap.wrap(text, COMMENT_WIDTH), digest]


def _everything(settings: Settings) -> Recipe:
    """Return a recipe with every type that the search may choose, for a check before any work."""
    stages = dict(settings.base.stages)
    for stage in settings.stages:
        modules = tuple((f"type-{kind}", kind) for kind in settings.types)
        stages[stage] = replace(stages[stage], weights="float32", modules=modules)
    return Recipe(settings.base.name, stages)
