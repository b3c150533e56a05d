"""The way of the data: page -> detect -> glance -> align -> select -> refine -> decode -> Answer.

reader = PinPoint.load("bundles/forms-onnx")
page = reader.open("receipt.jpg")
answer = page.ask("What is the total?")
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from pinpoint_edge.bundle import Bundle, Manifest
from pinpoint_edge.document import Document
from pinpoint_edge.errors import OptionError
from pinpoint_edge.generation.generator import MAX_CONTEXT, Answerer
from pinpoint_edge.generation.tokenizer import Tokenizer
from pinpoint_edge.runtime.host import check_host
from pinpoint_edge.runtime.sessions import BundleSource
from pinpoint_edge.vision import stages
from pinpoint_edge.vision.page import Page, load_pages


class PinPoint:
    """A reader: one bundle, loaded. Not thread-safe; make one a thread.

    `source` gives the sessions, `tokenizer`, `characters` and `glance_characters` are the bundle's.
    `report` is called with a line of progress for each page opened.
    """

    def __init__(
        self,
        manifest: Manifest,
        source: stages.StageSource,
        tokenizer: Tokenizer,
        characters: Sequence[str],
        glance_characters: Sequence[str],
    ) -> None:
        self.manifest = manifest
        self.source = source
        self.tokenizer = tokenizer
        self.characters = characters
        self.glance_characters = glance_characters
        self.report: Callable[[str], None] = lambda line: None
        self.answerer = Answerer(
            tokenizer,
            source.kv_cache,
            capacity=manifest.kv.capacity,
            # A graph with its cache inside holds no more than that; others take what is needed.
            context=MAX_CONTEXT if manifest.kv.form == "shared-buffer" else manifest.kv.capacity,
            d_llm=manifest.d_llm,
        )

    @classmethod
    def load(
        cls,
        bundle: str | Path,
        *,
        runtime: str | None = None,
        providers: Sequence[str] | None = None,
        threads: int | None = None,
    ) -> PinPoint:
        """Load a bundle: a folder or its single-file form.

        runtime: what runs the stages, default the target's own; providers: ONNX Runtime execution
        providers in order, default the CPU; threads: of one operator, default all cores. Stages are
        loaded on first use. Raises BundleError, BackendError, OptionError.
        """
        opened = Bundle.open(bundle, check_backends=runtime is None)
        return cls.from_bundle(opened, BundleSource(opened, providers, threads, runtime))

    @classmethod
    def from_bundle(cls, bundle: Bundle, source: stages.StageSource) -> PinPoint:
        """Make a reader of a bundle's host files and any source of sessions."""
        manifest = bundle.manifest
        check_host(manifest.host, manifest.name)
        tokenizer = Tokenizer(bundle.path(manifest.tokenizer))
        return cls(
            manifest, source, tokenizer, bundle.characters("refine"), bundle.characters("glance")
        )

    def open(self, pages: str | Path | Page | Sequence[str | Path | Page]) -> Document:
        """Open an image, a PDF or several of them as one document: detect and glance once.

        Raises PageError for what cannot be opened.
        """
        several = [pages] if isinstance(pages, str | Path | Page) else list(pages)
        if not several:
            raise OptionError("No page was given: name at least one image or PDF.")
        timings: stages.Timings = {}
        with stages.timed(timings, "load"):
            loaded: list[Page] = []
            for item in several:
                loaded += [item] if isinstance(item, Page) else load_pages([item])
            # One document: a page's number is its place among all of them.
            loaded = [replace(page, number=number) for number, page in enumerate(loaded)]
        return Document(self, loaded, timings)

    def limits(self, coverage: float | None, token_budget: int | None) -> tuple[float, int]:
        """Check the user's limits, or give the bundle's; OptionError when out of range."""
        maximum = self.manifest.token_budget.maximum
        chosen = self.manifest.coverage if coverage is None else coverage
        budget = self.manifest.token_budget.default if token_budget is None else token_budget
        if not 0.0 < chosen <= 1.0:
            raise OptionError(f"A coverage of {chosen} makes no sense: give one in (0, 1].")
        if not 1 <= budget <= maximum:
            raise OptionError(
                f"A token budget of {budget} is not possible: this bundle takes 1 to {maximum}."
            )
        return chosen, budget

    def close(self) -> None:
        """Free all sessions."""
        self.answerer.close()
        self.source.close()

    def __enter__(self) -> PinPoint:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
