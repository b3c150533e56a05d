"""PinPoint beside other ways to choose what the same language model reads, on the same documents.

full-page (everything), lexical and read-all (the literal matcher, on rough and on accurate
readings), FastV (Chen et al., ECCV 2024, arXiv 2403.06764; relatives: SparseVLM, arXiv 2410.04417,
and PyramidDrop, arXiv 2410.17247), PinPoint (arXiv 2603.22815) at several coverages and budgets,
and the oracle, which is given the gold boxes. Prompt and grounded decoding are the same for all.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pinpoint_edge.document import Document
from pinpoint_edge.errors import OptionError
from pinpoint_edge.evaluation import metrics
from pinpoint_edge.evaluation.ask import Ask, EvidenceOptions, ask_document, ask_set
from pinpoint_edge.evaluation.dataset import AnnotatedPage, Question
from pinpoint_edge.evaluation.metrics import Estimate
from pinpoint_edge.evaluation.predictions import Prediction
from pinpoint_edge.evaluation.summary import Comparison, Results
from pinpoint_edge.storage.resumable_log import Log
from pinpoint_export.baselines.pruned_reader import PruningGenerator, mean_rows

if TYPE_CHECKING:
    from pinpoint_edge.reader import PinPoint

METHODS = ("full-page", "lexical", "read-all", "fastv", "pinpoint", "oracle")
BASE = "full-page"
COVERAGES = (0.3, 0.5, 0.7)  # the bundle's own stands beside them
KEEPS = (0.25, 0.5)
AFTER = 2  # FastV's own choice of the layer


@dataclass(frozen=True)
class Variant:
    """One row of the comparison: its name, its method, and the settings of that.

    `family` is one of METHODS; coverage and token_budget are None for the bundle's own; keep: the
    share of the evidence tokens that FastV lets through.
    """

    name: str
    family: str
    coverage: float | None = None
    token_budget: int | None = None
    keep: float | None = None


@dataclass(frozen=True)
class Outcome:
    """The figures of one variant; intervals are drawn over pages.

    llm_tokens: the prompt; mean_tokens: what a layer reads of it on average; cold_ms: a page and
    its first question; further_ms: a question on an open page; to_base: against full-page.
    """

    variant: Variant
    questions: int
    anls: Estimate
    answer_recall: Estimate
    evidence_tokens: Estimate
    llm_tokens: Estimate
    mean_tokens: Estimate
    cold_ms: Estimate
    further_ms: Estimate
    to_base: Comparison


def make_variants(
    methods: Collection[str],
    coverages: Sequence[float] = COVERAGES,
    budgets: Sequence[int] = (),
    keeps: Sequence[float] = KEEPS,
) -> list[Variant]:
    """Return the variants of these methods, full-page first; OptionError for an unknown one."""
    if unknown := sorted(set(methods) - set(METHODS)):
        raise OptionError(f"No method is named {unknown[0]!r}: choose of {', '.join(METHODS)}.")
    plain = {name: Variant(name, name) for name in METHODS}
    variants = [plain[BASE]]
    variants += [plain[name] for name in ("lexical", "read-all") if name in methods]
    if "fastv" in methods:
        variants += [Variant(f"fastv {_short(keep)}", "fastv", keep=keep) for keep in keeps]
    if "pinpoint" in methods:
        variants += [Variant(f"pinpoint r={_short(r)}", "pinpoint", coverage=r) for r in coverages]
        variants += [Variant(f"pinpoint {n} tokens", "pinpoint", token_budget=n) for n in budgets]
        variants.append(plain["pinpoint"])
    if "oracle" in methods:
        variants.append(plain["oracle"])
    return list({variant.name: variant for variant in variants}.values())


def _short(share: float) -> str:
    return f"{share:g}".removeprefix("0")


def run(
    model: PinPoint,
    pruning: PinPoint | None,
    variants: Sequence[Variant],
    pages: Sequence[AnnotatedPage],
    log: Log[Prediction] | None = None,
    *,
    on_page: Callable[[AnnotatedPage], None] = lambda page: None,
) -> list[Prediction]:
    """Ask every question of every variant by turns; predictions are named after the variants.

    Opening a page is the same work for all, so it is opened once, and each variant gets it as if
    nothing had been read on it; the time counts for each. `pruning` answers FastV's variants.
    """
    opener = _Opener(model)

    def asking(variant: Variant) -> Ask:
        return lambda page, questions: _ask(opener, model, pruning, variant, page, questions)

    methods = {variant.name: asking(variant) for variant in variants}
    return ask_set(pages, methods, log, on_page=on_page, after_warming=opener.forget)


class _Opener:
    """Opens pages, and keeps the last one for those whose turn is still to come."""

    def __init__(self, model: PinPoint) -> None:
        self._model = model
        self._last: tuple[Sequence[str], Document, float] | None = None

    def open(self, paths: Sequence[str]) -> tuple[Document, float]:
        """Return the document of these pages and how many milliseconds opening took."""
        if self._last is None or self._last[0] != paths:
            start = time.perf_counter()
            document = self._model.open(paths)
            document.look()
            self._last = (paths, document, (time.perf_counter() - start) * 1e3)
        return self._last[1], self._last[2]

    def forget(self) -> None:
        """Open the next page anew, even if it is the same one."""
        self._last = None


def _ask(
    opener: _Opener,
    model: PinPoint,
    pruning: PinPoint | None,
    variant: Variant,
    page: AnnotatedPage,
    questions: Sequence[Question],
) -> Iterator[Prediction]:
    reader, strategy = model, variant.family
    if variant.keep is not None:
        generator = None if pruning is None else pruning.engine.generator
        if pruning is None or not isinstance(generator, PruningGenerator):
            raise OptionError("FastV's variants need the reader of load_with_fastv.")
        reader, strategy = pruning, BASE
        generator.keep = variant.keep
    opened, opening_ms = opener.open(page.paths)
    unread = Document(reader.engine, opened.pages, opened.timings)
    yield from ask_document(
        unread, opening_ms, questions, strategy, method=variant.name, is_whole=True,
        options=EvidenceOptions(coverage=variant.coverage, token_budget=variant.token_budget),
    )  # fmt: skip


def outcomes(
    pages: Sequence[AnnotatedPage],
    predictions: Sequence[Prediction],
    variants: Sequence[Variant],
    *,
    after: int,
    layers: int,
    seed: int = 0,
) -> list[Outcome]:
    """Sum up each variant; after, layers: where FastV drops, of how many layers."""
    results = Results(pages, predictions)
    path_of = {question.id: page.paths[0] for page in pages for question in page.questions}
    made = []
    for variant in variants:
        mine = [p for p in predictions if p.method == variant.name and p.id in path_of]
        keep = 1.0 if variant.keep is None else variant.keep
        summary = results.summary(variant.name, seed)

        def mean(values: list[tuple[str, float]]) -> Estimate:
            groups = [path_of[question] for question, _ in values]
            return metrics.bootstrap_interval([v for _, v in values], seed, groups=groups)

        made.append(
            Outcome(
                variant=variant,
                questions=summary.questions,
                anls=summary.means["anls"],
                answer_recall=summary.means["answer_recall"],
                evidence_tokens=summary.means["evidence_tokens"],
                llm_tokens=summary.means["llm_tokens"],
                mean_tokens=mean(
                    [
                        (p.id, mean_rows(p.llm_tokens, p.evidence_tokens, keep, after, layers))
                        for p in mine
                    ]
                ),
                cold_ms=mean([(p.id, p.cold_ms) for p in mine if p.cold_ms is not None]),
                further_ms=mean([(p.id, p.ms) for p in mine if p.cold_ms is None]),
                to_base=results.compare(variant.name, BASE, seed),
            )
        )
    return made
