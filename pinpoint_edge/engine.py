"""A loaded bundle: its stages, its tokenizer and characters, its language model.

Documents work with an engine; it knows nothing of them.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from pinpoint_edge.bundle import (
    Bundle,
    Detection,
    HostParameters,
    Manifest,
    SelectionParameters,
)
from pinpoint_edge.errors import BundleError, InferenceError, OptionError
from pinpoint_edge.generation.generator import MAX_CONTEXT, Generator
from pinpoint_edge.generation.tokenizer import Tokenizer
from pinpoint_edge.retrieval import align
from pinpoint_edge.retrieval.selection import Limits
from pinpoint_edge.runtime.stages import Stages, StageSource
from pinpoint_edge.vision import canvas, crop, regions


@dataclass(frozen=True)
class Engine:
    """The parts that the documents of one reader share.

    characters: the class strings of `refine` and `glance`; lock: held while a page is looked at or
    a question answered, because sessions and the cache serve one caller at a time; process: the id
    of the one that loaded it.
    """

    manifest: Manifest
    stages: Stages
    tokenizer: Tokenizer
    characters: Mapping[str, Sequence[str]]
    generator: Generator
    lock: threading.RLock = field(default_factory=threading.RLock)
    process: int = field(default_factory=os.getpid)

    @classmethod
    def of_bundle(cls, bundle: Bundle, source: StageSource) -> Engine:
        """Make an engine of a bundle's host files and any source of sessions.

        Raises BundleError for a bundle that was made for other host parameters.
        """
        check_host(bundle.manifest.host, bundle.manifest.name)
        tokenizer = Tokenizer(bundle.path(bundle.manifest.tokenizer))
        characters = {stage: bundle.characters(stage) for stage in ("refine", "glance")}
        return cls.of_parts(bundle.manifest, source, tokenizer, characters)

    @classmethod
    def of_parts(
        cls,
        manifest: Manifest,
        source: StageSource,
        tokenizer: Tokenizer,
        characters: Mapping[str, Sequence[str]],
    ) -> Engine:
        """Make an engine of its parts."""
        stages = Stages(source)
        grows = manifest.kv.form == "shared-buffer"
        generator = Generator(
            tokenizer,
            stages.kv_cache,
            capacity=manifest.kv.capacity,
            # A graph with its cache inside holds no more than that; others take what is needed.
            context=MAX_CONTEXT if grows else manifest.kv.capacity,
            d_llm=manifest.d_llm,
            prior=manifest.not_found,
        )
        return cls(manifest, stages, tokenizer, characters, generator)

    def limits(self, coverage: float | None, token_budget: int | None) -> Limits:
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
        return Limits(chosen, budget)

    def check_process(self) -> None:
        """Raise InferenceError in a process that was forked: its sessions have lost their threads.

        Asked before the lock, which another thread may have held when the process was forked.
        """
        if os.getpid() != self.process:
            raise InferenceError(
                "This reader was loaded before the process was forked, and does not survive that; "
                "call PinPoint.load in the forked process."
            )

    def close(self) -> None:
        """Free all stages."""
        with self.lock:
            self.generator.close()
            self.stages.close()


def standard_host() -> HostParameters:
    """The sizes and thresholds that this version's host steps work with."""
    return HostParameters(
        canvases=canvas.CANVASES,
        glance_height=crop.GLANCE_HEIGHT,
        glance_widths=crop.GLANCE_WIDTHS,
        refine_height=crop.REFINE_HEIGHT,
        refine_widths=crop.REFINE_WIDTHS,
        batch=crop.BATCH,
        align_sizes=align.ALIGN_SIZES,
        instruction_trigrams=align.INSTRUCTION_TRIGRAMS,
        reading_trigrams=align.READING_TRIGRAMS,
        detection=Detection(regions.THRESHOLD, regions.BOX_SCORE, regions.UNCLIP),
        maximum_upscale=canvas.MAX_UPSCALE,
        selection=SelectionParameters(),
    )


def check_host(host: HostParameters, bundle: str) -> None:
    """Refuse a bundle of other sizes than this version's; some belong to the weights."""
    own = replace(
        standard_host(),
        glance_height=host.glance_height,
        glance_widths=crop.glance_widths(host.glance_height),
        refine_widths=host.refine_widths,
        reading_order=host.reading_order,
        selection=host.selection,
    )
    if host != own:
        raise BundleError(
            f"The bundle '{bundle}' was made for other host parameters than this version's: "
            "export it again with this version, or install the version that made it."
        )
