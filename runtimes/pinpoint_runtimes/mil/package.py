"""An `.mlpackage` on disk: its model file and the weight files that it names.

A package is untrusted: every path in it must stay inside it, and the bytes read are limited.
"""

import json
from pathlib import Path, PurePosixPath
from typing import Any

from pinpoint_runtimes.errors import SessionError
from pinpoint_runtimes.mil.blobs import BlobFile
from pinpoint_runtimes.mil.proto import messages
from pinpoint_runtimes.mil.types import TensorType
from pinpoint_runtimes.session import Array

MAX_MANIFEST_BYTES = 1 << 20
MAX_MODEL_BYTES = 256 << 20
MODEL_PATH = "@model_path/"


class MilPackage:
    """A package with its model file in memory; weight files are mapped on first use.

    Attributes:
        path: the folder.
        spec: the Model message, whose type is `mlProgram`.

    Raises SessionError: no package, damaged, or not an ML program.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        if not path.is_dir():
            raise SessionError(f"{path}: there is no such .mlpackage folder; export the stage.")
        model = self._model_file()
        self._folder = model.parent
        self._blobs: dict[str, BlobFile] = {}
        self.spec = self._parse(model)
        kind = self.spec.WhichOneof("Type")
        if kind != "mlProgram":
            raise SessionError(
                f"{path}: it holds {kind or 'no model'}, only ML programs can be evaluated; "
                "convert it for iOS 15 or later."
            )

    def read_blob(self, name: str, offset: int, kind: TensorType) -> Array:
        """Return a tensor of the weight file `name` of the program; see `BlobFile.read`."""
        if name not in self._blobs:
            if not name.startswith(MODEL_PATH):
                raise SessionError(f"{self.path}: the weight file {name!r} is not of this package.")
            self._blobs[name] = BlobFile(self._inside(self._folder, name[len(MODEL_PATH) :]))
        return self._blobs[name].read(offset, kind)

    def _model_file(self) -> Path:
        manifest = self._inside(self.path, "Manifest.json")
        self._check_size(manifest, MAX_MANIFEST_BYTES)
        try:
            data = json.loads(manifest.read_text(encoding="utf-8"))
            item = data["itemInfoEntries"][data["rootModelIdentifier"]]["path"]
        except (OSError, ValueError, RecursionError, KeyError, TypeError) as error:
            raise SessionError(
                f"{manifest}: it does not name the package's model ({type(error).__name__}); "
                "export the stage again."
            ) from error
        if not isinstance(item, str):
            raise SessionError(f"{manifest}: the path of the model is not a string.")
        return self._inside(self.path / "Data", item)

    def _inside(self, folder: Path, name: str) -> Path:
        """Return a file of the package; raise SessionError for one that is absent or outside."""
        path = folder / name
        parts = PurePosixPath(name).parts
        unsafe = not parts or name.startswith("/") or ".." in parts or "\\" in name or "\0" in name
        if unsafe or not path.resolve().is_relative_to(self.path.resolve()):
            raise SessionError(f"{self.path}: the path {name!r} leads out of the package.")
        if not path.is_file():
            raise SessionError(f"{self.path}: the package lacks {name}; export the stage again.")
        return path

    def _check_size(self, path: Path, limit: int) -> None:
        size = path.stat().st_size
        if size > limit:
            raise SessionError(f"{path}: {size} bytes are more than the {limit} that are read.")

    def _parse(self, path: Path) -> Any:
        self._check_size(path, MAX_MODEL_BYTES)
        spec = messages("Model").Model()
        try:
            spec.ParseFromString(path.read_bytes())
        except Exception as error:  # protobuf's DecodeError, whose module differs by version
            raise SessionError(
                f"{path}: it is no Core ML model file or is damaged; export the stage again."
            ) from error
        return spec
