"""Opens a local Hugging Face folder as a host; families are found by their entry points."""

from __future__ import annotations

from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any

from pinpoint_edge.errors import BackendError, DataError
from pinpoint_edge.storage.json_text import parse_json
from pinpoint_hosts.host import Host

GROUP = "pinpoint_edge.hosts"


def families() -> dict[str, EntryPoint]:
    """Return the entry points of all families; their names are `model_type`s of config.json."""
    return {point.name: point for point in entry_points(group=GROUP)}


def family_of(folder: Path) -> str:
    """Return the `model_type` of a folder; DataError for a folder that holds no model."""
    path = folder / "config.json"
    try:
        config = parse_json(path.read_text(encoding="utf-8"))
        family = config["model_type"]  # type: ignore[index]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(
            f"{folder}: this is no Hugging Face model ({error}); name a folder with config.json, "
            "weights, tokenizer and preprocessor_config.json"
        ) from error
    return str(family)


def open_host(folder: Path, *, family: type[Any] | None = None) -> Host:
    """Open a folder as the host that its `model_type` names, in f32; nothing is downloaded.

    family: its class, where it is no entry point. Raises DataError for a folder that is no model,
    of a family that is unknown, or that lacks weights, tokenizer or image processor.
    """
    name = family_of(folder)
    if family is None:
        known = families()
        if name not in known:
            raise DataError(
                f"{folder}: no host is of the family {name!r}; there are "
                f"{', '.join(sorted(known)) or 'none'}. docs/hosts.md shows how to add one."
            )
        family = known[name].load()
    return family(*_parts(folder))  # type: ignore[no-any-return]


def _parts(folder: Path) -> tuple[Any, Any, Any]:
    """Return model, tokenizer and image processor."""
    try:
        import transformers
    except ImportError as error:
        raise BackendError(
            "Hosts need transformers; run `pip install 'pinpoint-edge-export[hosts]'`."
        ) from error
    options: dict[str, Any] = {"local_files_only": True}
    try:
        images = transformers.AutoImageProcessor.from_pretrained(folder, backend="pil", **options)
        tokenizer = transformers.AutoTokenizer.from_pretrained(folder, **options)
        older = folder / "chat_template.json"  # read by the processors only, which are not used
        if not tokenizer.chat_template and older.is_file():
            told = parse_json(older.read_text(encoding="utf-8"))
            tokenizer.chat_template = told["chat_template"]  # type: ignore[index]
        model, found = transformers.AutoModelForImageTextToText.from_pretrained(
            folder, dtype="float32", output_loading_info=True, ignore_mismatched_sizes=True,
            **options,
        )  # fmt: skip
    except (OSError, ValueError, KeyError, RuntimeError, TypeError) as error:
        raise DataError(
            f"{folder}: the model cannot be loaded ({str(error).splitlines()[0]}); copy the "
            "checkpoint once more"
        ) from error
    wrong = {"missing": found["missing_keys"], "of another shape": found["mismatched_keys"]}
    for what, keys in wrong.items():
        if keys:
            first = min(str(key[0] if isinstance(key, tuple) else key) for key in keys)
            raise DataError(
                f"{folder}: {len(keys)} weights are {what}, {first} among them; copy the "
                "checkpoint once more, with the config.json that belongs to it"
            )
    return model, tokenizer, images
