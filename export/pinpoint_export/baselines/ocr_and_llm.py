"""PinPoint against what one would build without it: OCR of the page, and llama.cpp on its text.

Both answer the same questions in one process and take turns page by page. The baseline keeps all
that it can: a page is read by OCR once, and llama.cpp's KV cache holds
the page's text from the first question on, so that a further one only adds itself.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from pinpoint_edge.errors import OptionError
from pinpoint_edge.evaluation.answer_boxes import answer_recall
from pinpoint_edge.evaluation.ask import PINPOINT, Ask, ask_page, ask_set
from pinpoint_edge.evaluation.dataset import AnnotatedPage, Question
from pinpoint_edge.evaluation.metrics import Estimate
from pinpoint_edge.evaluation.predictions import Prediction
from pinpoint_edge.evaluation.summary import Results
from pinpoint_edge.generation import prompt
from pinpoint_edge.generation.tokenizer import Tokenizer
from pinpoint_edge.storage.resumable_log import Log
from pinpoint_edge.vision.page import load_pages
from pinpoint_export.baselines.llama_cpp import Completion, LlamaCpp
from pinpoint_export.baselines.rapid_ocr import RapidOcr, ReadPage
from pinpoint_models.decoder.gguf_file import Gguf

if TYPE_CHECKING:
    from pinpoint_edge.reader import PinPoint

MAX_ANSWER = 32
DENSE = 600  # tokens of a page's text
SYSTEM = (
    "You answer questions about a document. Reply with the exact words of the document that answer "
    f"the question and nothing else. When the document does not answer it, reply: "
    f"{prompt.NOT_FOUND}"
)

_UNANSWERED = re.compile(
    r"^(not (found|given|mentioned|provided|available|specified)|none|n/?a|unknown)\b",
    re.IGNORECASE,
)
# "The date on the receipt is 20/06/18": a sentence around an answer is no answer of its own.
_SENTENCE = re.compile(r"^(the|this|its?)\b[^.:]*?\b(is|are|was|were)\b:?\s+", re.IGNORECASE)
_QUOTES = "\"'`*“”‘’ "


@dataclass(frozen=True)
class Ratio:
    """A baseline's time as a multiple of PinPoint's: of medians, and question by question.

    `cold`: a page with its first question; `next`: a further question on an open page. NaN of none.
    """

    cold_pages: int
    cold: float
    cold_paired: Estimate
    next_questions: int
    next: float
    next_paired: Estimate


class OcrAndLlm:
    """RapidOCR and one model of llama.cpp.

    A model that was tuned to our prompt (`pinpoint-export gguf`) gets that one, without the visual
    tokens it cannot have; any other is asked in its own chat template.
    """

    def __init__(
        self, ocr: RapidOcr, gguf: Path, tokenizer: Tokenizer, *, threads: int, context: int
    ) -> None:
        file = Gguf.read(gguf)
        self.name = f"rapidocr+{gguf.stem}"
        self.is_tuned = file.takes_our_prompt
        self._ocr, self._tokenizer = ocr, tokenizer
        vocabulary = file.fields.get("tokenizer.ggml.tokens")
        # Ids are ours to give only where both count alike; a bundle may keep fewer tokens.
        self._same_ids = vocabulary is not None and len(vocabulary.value) == tokenizer.vocabulary
        self._model = LlamaCpp(gguf, threads=threads, context=context)

    def ask(self, page: AnnotatedPage, questions: Sequence[Question]) -> Iterator[Prediction]:
        """Read a page and yield the answer to each question; the first one's time is cold."""
        start = time.perf_counter()
        (loaded_page,) = load_pages([page.path])
        loaded = time.perf_counter()
        read = self._ocr.read(loaded_page)
        opened = time.perf_counter()
        opening = {"load": (loaded - start) * 1e3, "ocr": (opened - loaded) * 1e3}
        page_tokens = len(self._tokenizer.encode(read.text))
        for place, question in enumerate(questions):
            start = time.perf_counter()
            done = self._ask(read, question.question)
            answer = cleaned(done.text)
            ms = (time.perf_counter() - start) * 1e3
            first = place == 0
            yield Prediction(
                id=question.id,
                method=self.name,
                answer=answer,
                confidence=0.0,
                boxes=(),
                evidence=read.boxes,
                regions_recall=answer_recall(question, read.boxes),
                llm_tokens=done.prompt_tokens,
                evidence_tokens=page_tokens,
                page_tokens=page_tokens,
                dropped=0,
                ms=ms,
                cold_ms=sum(opening.values()) + ms if first else None,
                opening=opening if first else None,
                timings={"prefill": done.prompt_ms, "decode": done.steps_ms},
                page=question.page if answer is not None else None,
            )

    def _ask(self, read: ReadPage, question: str) -> Completion:
        if self.is_tuned:
            return self._model.complete(self._our_prompt(read, question), MAX_ANSWER)
        asked = f"Document:\n{read.text}\n\nQuestion: {prompt.check_question(question)}"
        roles = (("system", SYSTEM), ("user", asked))
        messages = [{"role": role, "content": content} for role, content in roles]
        return self._model.chat(messages, MAX_ANSWER)

    def _our_prompt(self, read: ReadPage, question: str) -> str | list[int]:
        rows = [[prompt.Piece(0, text) for text in row] for row in read.rows]
        if self._same_ids:
            ids = prompt.build(self._tokenizer, question, rows).ids
            return [int(i) for i in ids if i < self._tokenizer.vocabulary]
        page = "\n".join("".join(f" {text}" for text in row) for row in read.rows)
        asked = prompt.check_question(question)
        return f"{prompt.START}Page:\n{page}\nQuestion: {asked}\nAnswer:"

    def forget(self) -> None:
        """Drop the page from the KV cache."""
        self._model.forget()

    def close(self) -> None:
        """Free the model."""
        self._model.close()


def cleaned(text: str) -> str | None:
    """Return the answer in what a model wrote; None: not found.

    That is its first line, without quotes, "Answer:" or a sentence "The date is ..." around it.
    """
    lines = [line.strip() for line in text.strip().splitlines() if line.strip()]
    if not lines:
        return None
    line = re.sub(r"^(answer|a)\s*:\s*", "", lines[0], flags=re.IGNORECASE).strip(_QUOTES)
    line = _SENTENCE.sub("", line.removesuffix(".").strip(_QUOTES)).strip(_QUOTES)
    return None if not line or _UNANSWERED.match(line) else line


def ask_beside(
    model: PinPoint,
    baselines: Sequence[OcrAndLlm],
    pages: Sequence[AnnotatedPage],
    log: Log[Prediction] | None = None,
    *,
    on_page: Callable[[AnnotatedPage], None] = lambda page: None,
) -> list[Prediction]:
    """Ask every question on every page of PinPoint and of each baseline by turns; see `ask_set`.

    Raises OptionError for two baselines of one name.
    """
    methods: dict[str, Ask] = {PINPOINT: lambda page, asked: ask_page(model, page.path, asked)}
    for baseline in baselines:
        if baseline.name in methods:
            raise OptionError(f"Two models are named {baseline.name}; rename one of the files.")
        methods[baseline.name] = baseline.ask

    def forget() -> None:
        for baseline in baselines:
            baseline.forget()

    return ask_set(pages, methods, log, on_page=on_page, after_warming=forget)


def dense_pages(
    pages: Sequence[AnnotatedPage], predictions: Sequence[Prediction], least: int
) -> list[AnnotatedPage]:
    """Return the pages whose text has `least` tokens or more, as the first baseline read it."""
    tokens = {p.id: p.page_tokens for p in reversed(predictions) if p.method != PINPOINT}
    return [
        page
        for page in pages
        if any(tokens.get(question.id, 0) >= least for question in page.questions)
    ]


def ratio(results: Results, method: str, seed: int = 0) -> Ratio:
    """Return the time of a baseline as a multiple of PinPoint's, on the questions of both."""
    ours, theirs = results.summary(PINPOINT, seed), results.summary(method, seed)
    paired = results.compare(method, PINPOINT, seed)
    return Ratio(
        cold_pages=theirs.cold_page_ms.count,
        cold=theirs.cold_page_ms.p50 / ours.cold_page_ms.p50,
        cold_paired=paired.cold_page_ratio,
        next_questions=theirs.next_question_ms.count,
        next=theirs.next_question_ms.p50 / ours.next_question_ms.p50,
        next_paired=paired.next_question_ratio,
    )


def parts(predictions: Sequence[Prediction], method: str) -> dict[str, list[tuple[str, float]]]:
    """Return the medians of a method's stages, of a cold page and of a further question."""
    cold = [p for p in predictions if p.method == method and p.opening is not None]
    later = [p for p in predictions if p.method == method and p.opening is None]
    rows = {
        f"{method}\npage and first question": [{**(p.opening or {}), **p.timings} for p in cold],
        f"{method}\nfurther question": [p.timings for p in later],
    }
    return {
        name: [
            (stage, median(times.get(stage, 0.0) for times in timings))
            for stage in dict.fromkeys(stage for times in timings for stage in times)
        ]
        for name, timings in rows.items()
        if timings
    }
