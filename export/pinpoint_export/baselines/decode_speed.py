"""Our decode stage against llama.cpp on the same prompts: tokens a second, read and written.

Both sides read the same ids, no visual token among them, and write the same number of tokens
greedily, in one process and by turns, so that what else the machine does slows both. Weights may
differ (a GGUF as it came, a bundle with its adapter): their shapes are the same, and the time of a
product does not depend on the numbers in it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pinpoint_edge.bundle import Bundle
from pinpoint_edge.errors import OptionError
from pinpoint_edge.evaluation import metrics
from pinpoint_edge.generation import prompt
from pinpoint_edge.generation.generator import CHUNK
from pinpoint_edge.generation.tokenizer import Tokenizer
from pinpoint_edge.runtime.bundle_source import BundleSource
from pinpoint_export.baselines.llama_cpp import LlamaCpp
from pinpoint_models.decoder.gguf_file import Gguf, variant
from pinpoint_runtimes import KVCache

OURS = "pinpoint"
VARIANTS = ("q4_0", "q4_1")
PROMPTS = (150, 380)
STEPS = 32
PAUSE_S = 0.05  # threads of the one side that still wait for work must not slow the other

# Lines of made-up forms: figures, names and words in about the proportions of real ones.
LINES = (
    "NORTHFIELD OFFICE SUPPLY LTD.", "(Reg. No. 201-88417-K)", "14, Harbour Road, 2nd Floor",
    "10250 Kingston", "Tel: 03-5567 1290 Fax: 03-5567 1291", "TAX INVOICE",
    "Invoice No: NF-2018-00471", "Date: 14/03/2018 16:42", "Cashier: M. Ortega", "Terms: 30 days",
    "Qty Description Unit Price Amount", "2 A4 Copy Paper 80gsm 11.90 23.80",
    "1 Stapler No. 10 with pins 8.45 8.45", "12 Gel pen, blue 0.7 mm 1.60 19.20",
    "3 Box file, black 6.75 20.25", "Subtotal 71.70", "GST 6% 4.30", "Rounding adjustment 0.00",
    "TOTAL RM 76.00", "Cash 100.00", "Change 24.00", "Goods sold are not returnable",
    "Contract / Revision 26795 / 1", "Advertiser Citizens for Clean Water",
    "Flight Dates 10/02/12 - 10/08/12", "Gross Amount $4,350.00", "Agency Commission $652.50",
    "Original Date / Revision 09/27/12 / 09/28/12", "Billing Cycle EOM/EOC", "Cash/Trade Cash",
)  # fmt: skip
QUESTION = "What is the total amount?"


@dataclass(frozen=True)
class Rates:
    """Tokens a second of one engine over the runs: median, and 10th and 90th percentile."""

    engine: str
    p50: float
    p10: float
    p90: float


@dataclass(frozen=True)
class SpeedComparison:
    """One figure of all engines.

    `phase`: "prefill" or "decode"; `tokens`: of the prompt; `fastest`: the llama.cpp file that was
    the faster one here; `ratio` (with 10th and 90th percentile) of our rate and its, run by run.
    """

    phase: str
    tokens: int
    rates: tuple[Rates, ...]
    fastest: str
    ratio: float
    ratio_p10: float
    ratio_p90: float
    runs: int


Run = Callable[[Sequence[int]], tuple[float, float]]
"""Reads a prompt and writes STEPS tokens; gives the seconds of the one and of the other."""


def text_prompt(tokenizer: Tokenizer, tokens: int) -> list[int]:
    """Return a prompt of exactly so many ids as a document gives, without visual tokens.

    Raises OptionError for one that the question alone would fill.
    """
    begin, end = prompt.prefix(tokenizer), prompt.question_ids(tokenizer, QUESTION)
    room = tokens - len(begin) - len(end)
    if room < 1:
        raise OptionError(
            f"A prompt of {tokens} tokens has no room for a page; ask for more than "
            f"{len(begin) + len(end)}."
        )
    page: list[int] = []
    while len(page) < room:
        for line in LINES:
            page += tokenizer.encode(f" {line}\n")
    return [*begin, *page[:room], *end]


def ours(cache: KVCache, width: int, steps: int) -> Run:
    """Return a run of our decode stage, in the chunks that the pipeline reads prompts in."""
    none = np.zeros((1, width), np.float32)

    def run(ids: Sequence[int]) -> tuple[float, float]:
        array = np.asarray(ids, np.int32)
        cache.truncate(0)
        start = time.perf_counter()
        for at in range(0, len(array), CHUNK):
            logits = cache.run(array[at : at + CHUNK], none)
        best = logits.argmax()
        read = time.perf_counter()
        for _ in range(steps):
            best = cache.run(np.array([best], np.int32), none).argmax()
        return read - start, time.perf_counter() - read

    return run


def theirs(model: LlamaCpp, steps: int) -> Run:
    """Return a run of llama.cpp that reads the whole prompt anew, by its own clock."""

    def run(ids: Sequence[int]) -> tuple[float, float]:
        done = model.complete(ids, steps + 1, keep=False, to_the_end=True)
        if done.steps != steps or done.cached:
            raise OptionError(
                f"{model.path}: llama.cpp wrote {done.steps} tokens after the first, not {steps}, "
                f"and kept {done.cached} of the prompt; this version measures otherwise."
            )
        return done.prompt_ms / 1e3, done.steps_ms / 1e3

    return run


def by_turns(
    engines: Mapping[str, Run],
    prompts: Sequence[Sequence[int]],
    *,
    steps: int,
    runs: int,
    on_run: Callable[[object], None] = lambda run: None,
) -> list[SpeedComparison]:
    """Run all engines by turns on every prompt, once uncounted and then `runs` times.

    The engines' order turns from run to run; the first is ours.
    """
    names = list(engines)
    found = []
    for ids in prompts:
        times: dict[str, list[tuple[float, float]]] = {name: [] for name in names}
        for number in range(runs + 1):
            for place in range(len(names)):
                name = names[(number + place) % len(names)]
                time.sleep(PAUSE_S)
                taken = engines[name](ids)
                if number:  # the first run allocates, and brings the weights in
                    times[name].append(taken)
            on_run(number)
        for which, (phase, count) in enumerate((("prefill", len(ids)), ("decode", steps))):
            rates = {name: [count / pair[which] for pair in times[name]] for name in names}
            found.append(_comparison(phase, len(ids), rates))
    return found


def _comparison(phase: str, tokens: int, rates: Mapping[str, Sequence[float]]) -> SpeedComparison:
    our, *others = rates
    fastest = max(others, key=lambda name: metrics.percentile(rates[name], 50))
    ratios = [a / b for a, b in zip(rates[our], rates[fastest], strict=True)]
    return SpeedComparison(
        phase=phase,
        tokens=tokens,
        rates=tuple(Rates(name, *_spread(values)) for name, values in rates.items()),
        fastest=fastest,
        ratio=_spread(ratios)[0],
        ratio_p10=_spread(ratios)[1],
        ratio_p90=_spread(ratios)[2],
        runs=len(ratios),
    )


def _spread(values: Sequence[float]) -> tuple[float, float, float]:
    p50, p10, p90 = (metrics.percentile(values, percent) for percent in (50, 10, 90))
    return p50, p10, p90


def check_same_model(bundle: Bundle, file: Gguf) -> None:
    """Raise OptionError unless a GGUF has as many layers of the same width as the bundle's model.

    Speeds of different models cannot be compared.
    """
    manifest = bundle.manifest
    architecture = file.fields["general.architecture"].value
    for what, key, ours in (
        ("layers", "block_count", manifest.kv.layers),
        ("values a token", "embedding_length", manifest.d_llm),
    ):
        field = file.fields.get(f"{architecture}.{key}")
        theirs = None if field is None else field.value
        if theirs != ours:
            raise OptionError(
                f"{file.path} has {theirs} {what}, the language model of '{manifest.name}' has "
                f"{ours}: give the model that the bundle was made of, as `pinpoint-export gguf` "
                "writes it."
            )


def measure(
    bundle: Bundle,
    gguf: Path,
    folder: Path,
    *,
    threads: int,
    prompts: Sequence[int] = PROMPTS,
    steps: int = STEPS,
    runs: int = 10,
    on_run: Callable[[object], None] = lambda run: None,
) -> list[SpeedComparison]:
    """Compare the bundle's decode stage with the GGUF's weights in each of VARIANTS.

    folder: where variants that must be made are kept. Raises what loading raises, and OptionError
    for prompts that make no sense.
    """
    check_same_model(bundle, Gguf.read(gguf))
    files = {kind: variant(gguf, kind, folder) for kind in VARIANTS}
    tokenizer = Tokenizer(bundle.path(bundle.manifest.tokenizer))
    ids = [text_prompt(tokenizer, count) for count in prompts]
    room = max(prompts) + steps + 1
    source = BundleSource(bundle, threads=threads)
    cache = source.kv_cache(room)
    models = {
        kind: LlamaCpp(file, threads=threads, context=-(-room // 256) * 256)
        for kind, file in files.items()
    }
    engines = {OURS: ours(cache, bundle.manifest.d_llm, steps)}
    engines |= {f"llama.cpp {kind}": theirs(model, steps) for kind, model in models.items()}
    try:
        return by_turns(engines, ids, steps=steps, runs=runs, on_run=on_run)
    finally:
        cache.close()
        for model in models.values():
            model.close()
