"""A calibration set: the inputs of each stage on real pages, an .npz without pickle and a digest.

An archive holds one array for each tensor, named `stage/number/tensor`, and `about.json`. Equal
sets are equal files. The set names its model, because inputs from another tokenizer or of other
shapes would calibrate nothing.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pinpoint_edge.bundle import Bundle
from pinpoint_edge.errors import DataError
from pinpoint_edge.storage.atomic import replacing
from pinpoint_quantization.recipe import STAGES
from pinpoint_runtimes import TensorSpec

Array = NDArray[Any]
Feeds = Mapping[str, Array]

FORM = "pinpoint-calibration 1"
ABOUT = "about.json"
MOST_BYTES = 4 << 30  # a larger archive is no calibration set
DECODE_INPUTS = ("ids", "visual")
"""Inputs of the decode stage: a prompt with its answer, visual tokens; the KV cache is empty."""


@dataclass(frozen=True)
class About:
    """The pages and the model that a calibration set comes from.

    Attributes:
        pages: sha256 of each page's file and its number; no file names.
        tokenizer: sha256 of the bundle's tokenizer.json.
        vocabulary, d_llm: as in the bundle's manifest.
        answers: for each prompt of the decode stage, the number of ids of its answer.
    """

    pages: tuple[str, ...]
    tokenizer: str
    vocabulary: int
    d_llm: int
    answers: tuple[int, ...] = ()


@dataclass(frozen=True)
class CalibrationSet:
    """Stage inputs of real pages; `feeds` holds the runs of each stage in the order of the pages.

    Runs of `decode` hold `ids` i32 (q,), which end with the answer, and `visual` f32 (V, d_llm).
    """

    about: About
    feeds: Mapping[str, tuple[Feeds, ...]] = field(default_factory=dict)

    def of(self, stage: str) -> tuple[Feeds, ...]:
        """Return the runs of a stage; raises DataError when there are none."""
        found = self.feeds.get(stage, ())
        if not found:
            raise DataError(
                f"The calibration set holds no inputs of stage {stage}: its pages showed nothing "
                "that reaches it. Take pages with print on them."
            )
        return found

    def answer_lengths(self) -> tuple[int, ...]:
        """Return the number of ids of the answer at the end of each decode run."""
        return self.about.answers

    def digest(self) -> str:
        """Return the sha256 of all arrays and of `about`; compression does not change it."""
        digest = hashlib.sha256(_about_bytes(self.about))
        for name, array in _named(self.feeds):
            digest.update(f"{name} {array.dtype} {array.shape}\n".encode())
            digest.update(np.ascontiguousarray(array).tobytes())
        return digest.hexdigest()

    def save(self, path: Path) -> None:
        """Write the set; raises OutputError and then leaves no file."""
        with replacing(path) as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(_entry(ABOUT), _about_bytes(self.about))
            for name, array in _named(self.feeds):
                raw = io.BytesIO()
                np.save(raw, np.ascontiguousarray(array), allow_pickle=False)
                archive.writestr(_entry(f"{name}.npy"), raw.getvalue())

    @classmethod
    def load(cls, path: Path) -> CalibrationSet:
        """Read a set; raises DataError for a file that `save` did not write."""
        try:
            with zipfile.ZipFile(path) as archive:
                if sum(item.file_size for item in archive.infolist()) > MOST_BYTES:
                    raise ValueError(f"it unpacks to more than {MOST_BYTES >> 30} GiB")
                return _read(archive)
        except OSError as error:
            raise DataError(f"{path} cannot be read: {error.strerror}; check the path.") from error
        except (zipfile.BadZipFile, ValueError, KeyError, TypeError, EOFError) as error:
            raise DataError(
                f"{path} is no calibration set ({error}); make one with "
                "`pinpoint-quantize calibrate`."
            ) from error

    def check_fits(self, bundle: Bundle) -> None:
        """Raise DataError unless the set fits this bundle's model."""
        manifest = bundle.manifest
        self.check_model(
            manifest.name,
            manifest.files[manifest.tokenizer].sha256,
            (manifest.vocabulary, manifest.d_llm),
            {stage: entry.inputs for stage, entry in manifest.stages.items()},
        )

    def check_model(
        self,
        name: str,
        tokenizer: str,
        widths: tuple[int, int],
        inputs: Mapping[str, Sequence[TensorSpec]],
    ) -> None:
        """Raise DataError unless the set fits this model.

        name: of the model, for messages; tokenizer: sha256 of its tokenizer.json; widths: its
        vocabulary and the width of a visual token; inputs: of each stage.
        """
        remedy = "Make a set for it with `pinpoint-quantize calibrate`."
        if self.about.tokenizer != tokenizer:
            raise DataError(
                f"The calibration set was made with another tokenizer than '{name}' has. {remedy}"
            )
        if (self.about.vocabulary, self.about.d_llm) != widths:
            raise DataError(
                f"The calibration set is for a vocabulary of {self.about.vocabulary} and visual "
                f"tokens of {self.about.d_llm}, '{name}' has {widths[0]} and {widths[1]}. {remedy}"
            )
        for stage, runs in self.feeds.items():
            specs = {spec.name: spec for spec in inputs[stage]}
            for run in runs:
                _check_run(stage, run, specs, name, remedy)


def spread(count: int, most: int) -> list[int]:
    """Return at most `most` of `count` places, evenly from the first to the last."""
    if count <= most:
        return list(range(count))
    return [int(place) for place in np.linspace(0, count - 1, most).round()]


def _check_run(
    stage: str, run: Feeds, specs: Mapping[str, TensorSpec], bundle: str, remedy: str
) -> None:
    expected = set(DECODE_INPUTS) if stage == "decode" else set(specs)
    if set(run) != expected:
        raise DataError(
            f"The calibration set feeds {', '.join(sorted(run))} to stage {stage}, which takes "
            f"{', '.join(sorted(expected))} in '{bundle}'. {remedy}"
        )
    for name, array in run.items():
        spec = specs[name]
        shape: tuple[int | str, ...] = spec.shape
        if stage == "decode" and name == "ids":
            shape = shape[1:]
        fits = len(shape) == array.ndim and all(
            isinstance(want, str) or want == size
            for want, size in zip(shape, array.shape, strict=True)
        )
        if not fits or array.dtype != spec.dtype:
            raise DataError(
                f"The calibration set feeds {array.dtype} {array.shape} as {name} to stage "
                f"{stage}, '{bundle}' takes {spec.dtype} {tuple(shape)}. {remedy}"
            )


def load_for(path: Path, bundle: Bundle) -> CalibrationSet:
    """Load a set and check that it fits a bundle; raises DataError."""
    found = CalibrationSet.load(path)
    found.check_fits(bundle)
    return found


def _named(feeds: Mapping[str, Sequence[Feeds]]) -> list[tuple[str, Array]]:
    return [
        (f"{stage}/{number:05d}/{name}", run[name])
        for stage in STAGES
        for number, run in enumerate(feeds.get(stage, ()))
        for name in sorted(run)
    ]


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name)  # its date is 1980, not now: equal sets are equal files
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o644 << 16
    return entry


def _about_bytes(about: About) -> bytes:
    return json.dumps({"form": FORM, **asdict(about)}, sort_keys=True).encode()


def _read(archive: zipfile.ZipFile) -> CalibrationSet:
    header = json.loads(archive.read(ABOUT))
    if header.pop("form", None) != FORM:
        raise ValueError("it has another form than this version writes")
    about = About(
        tuple(map(str, header["pages"])),
        str(header["tokenizer"]),
        int(header["vocabulary"]),
        int(header["d_llm"]),
        tuple(map(int, header["answers"])),
    )
    found: dict[str, dict[int, dict[str, Array]]] = {}
    for name in archive.namelist():
        if name == ABOUT:
            continue
        stage, number, tensor = name.removesuffix(".npy").split("/")
        if stage not in STAGES:
            raise ValueError(f"there is no stage {stage}")
        array = np.load(io.BytesIO(archive.read(name)), allow_pickle=False)
        found.setdefault(stage, {}).setdefault(int(number), {})[tensor] = array
    feeds: dict[str, tuple[Feeds, ...]] = {
        stage: tuple(runs[number] for number in sorted(runs)) for stage, runs in found.items()
    }
    if len(about.answers) != len(feeds.get("decode", ())):
        raise ValueError("it does not have one answer for each prompt")
    return CalibrationSet(about, feeds)
