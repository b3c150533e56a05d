"""The reader: a bundle loaded, and documents opened with it.

reader = PinPoint.load("bundles/forms-onnx")
page = reader.open("receipt.jpg")
answer = page.ask("What is the total?")
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import get_args

from pinpoint_edge.bundle import Bundle, Manifest
from pinpoint_edge.document import Document
from pinpoint_edge.document.opened import OnPage
from pinpoint_edge.document.watch import Watched, Watcher
from pinpoint_edge.engine import Engine
from pinpoint_edge.errors import OptionError
from pinpoint_edge.runtime.bundle_source import BundleSource
from pinpoint_edge.runtime.stages import Observer, StageSource
from pinpoint_edge.runtime.timings import Timings, timed
from pinpoint_edge.vision.look import TextLayer
from pinpoint_edge.vision.page import PageInput, load_pages


class PinPoint:
    """A reader: one bundle, loaded. Threads may share it; their calls take turns."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    @property
    def manifest(self) -> Manifest:
        """The manifest of the bundle."""
        return self.engine.manifest

    @classmethod
    def load(
        cls,
        bundle: str | Path,
        *,
        runtime: str | None = None,
        providers: Sequence[str] | None = None,
        threads: int | None = None,
        key: str | Path | None = None,
    ) -> PinPoint:
        """Load a bundle: a folder or its single-file form.

        runtime: what runs the stages, default the target's own; providers: ONNX Runtime execution
        providers in order, default the CPU; threads: of one operator, default all cores; key: a
        public key or a list of keys, one of which must have signed the bundle. Stages are loaded on
        first use. Raises BundleError, BackendError, OptionError, and with a key IntegrityError for
        an unsigned, foreign or changed bundle.
        """
        opened = Bundle.open(bundle, check_backends=runtime is None)
        if key is not None:
            from pinpoint_edge.bundle.release.signed import check_bundle

            check_bundle(bundle, key)
            opened.verify()  # also the large files, which opening does not hash
        return cls.from_bundle(opened, BundleSource(opened, providers, threads, runtime))

    @classmethod
    def from_bundle(cls, bundle: Bundle, source: StageSource) -> PinPoint:
        """Make a reader of a bundle's host files and any source of sessions."""
        return cls(Engine.of_bundle(bundle, source))

    def open(
        self,
        pages: PageInput | Sequence[PageInput],
        *,
        password: str | None = None,
        text_layer: TextLayer = "auto",
        on_page: OnPage = lambda number, count, page: None,
    ) -> Document:
        """Open an image, a PDF or several of them as one document.

        A single page is looked at at once, one of several when a question first needs it. pages:
        paths, bytes, open files, PIL images, arrays or pages; password: opens encrypted PDFs;
        text_layer: "auto" takes the text of a PDF page from its text layer where that agrees with
        what is seen, "ignore" reads every page as a picture, "require" refuses a page without such
        a layer; on_page: called after a page was looked at, with its number from 1 among the pages
        that are due, their number, and the page. Raises PageError for what cannot be opened,
        OptionError, BackendError.
        """
        if text_layer not in get_args(TextLayer):
            raise OptionError(
                f"Text layers cannot be used by {text_layer!r}; choose auto, ignore or require."
            )
        timings: Timings = {}
        with timed(timings, "load"):
            loaded = load_pages(pages, password=password)
        document = Document(self.engine, loaded, timings, text_layer=text_layer, on_page=on_page)
        if len(loaded) == 1:
            document.look()
        return document

    def watch(
        self, frames: Iterable[PageInput], question: str, *, change: float = 2.0, every: int = 100
    ) -> Iterator[Watched]:
        """Answer one question on each frame of a video or camera, reading what changed alone.

        frames: RGB arrays u8 (H, W, 3) or anything that `open` takes for a page; change: grey
        levels that noise may change a region by; every: frames after which a whole
        frame is looked at in any case, as it is at cuts, when something appears beside the regions
        and when the confidence falls. Raises what `open` and `Document.ask` raise.
        """
        return Watcher(self.engine, question, change=change, every=every).watch(frames)

    @contextmanager
    def observed(self, observer: Observer) -> Iterator[PinPoint]:
        """Let `observer` see every run of a stage within the block."""
        observers = self.engine.stages.observers
        observers.append(observer)
        try:
            yield self
        finally:
            # By identity, not equality: equal observers may watch at the same time.
            del observers[[other is observer for other in observers].index(True)]

    def close(self) -> None:
        """Free all sessions."""
        self.engine.close()

    def __enter__(self) -> PinPoint:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
