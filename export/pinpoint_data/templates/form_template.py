"""Templates: the printed labels of a form kind, its fields, and where labels are by edition."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pinpoint_edge.errors import DataError
from pinpoint_edge.storage.records import Check, examine
from pinpoint_edge.vision.geometry import Box

TEXTS = ("text", "lines", "number", "date", "list")  # kinds whose answer is read
_Some = Check(bool, "at least one")


@dataclass(frozen=True)
class Field:
    """What is asked for on a form.

    label: its printed label.
    kind: "text" of one line, "lines" (several, joined), "list", "number", "date", "ticked" (yes or
        no), "choice" (which of `options` is ticked), "signature" (yes or no).
    where: the value lies "below" or "right" of its label, as far as the next printed label.
    offset: it lies in this box instead: left, top, right and bottom from the label's lower left
        corner, in its height.
    right_end, foot: labels at whose left end and top the place ends at the latest.
    depth: heights below the label at which it ends.
    options: labels of check boxes; box: the side of the label on which they are.
    empty: whether a place without a value is worth a question.
    most: lines that a value has at most. least: how sure the reader must be.
    drop: a regular expression of what is no part of the value. pattern: one of all of the value.
    """

    name: str
    kind: Literal["text", "lines", "list", "number", "date", "ticked", "choice", "signature"]
    label: str
    questions: Annotated[tuple[str, ...], _Some]
    where: Literal["below", "right"] = "below"
    offset: tuple[float, float, float, float] | None = None
    right_end: str | None = None
    foot: str | None = None
    options: tuple[str, ...] = ()
    box: Literal["left", "right"] = "left"
    depth: float = 40.0
    empty: bool = True
    most: int = 8
    least: float = 0.965
    drop: str = ""
    pattern: str = ""

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels that must be on a page for the field to be on it."""
        return (self.label, *self.options)


@dataclass(frozen=True)
class Edition:
    """Where the labels are on one printed page of the form: boxes in pixels of a scan of it."""

    name: str
    labels: Mapping[str, Box]


@dataclass(frozen=True)
class Template:
    """A form kind.

    labels: by name, the ways in which a label is spelled in the editions. printed: other text of
    the form that is no value.
    """

    name: str
    labels: Mapping[str, Annotated[tuple[str, ...], _Some]]
    fields: tuple[Field, ...]
    editions: tuple[Edition, ...] = ()
    printed: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        named = [n for f in self.fields for n in (*f.labels, f.right_end, f.foot) if n is not None]
        named += [name for edition in self.editions for name in edition.labels]
        if unknown := sorted(set(named) - self.labels.keys()):
            raise ValueError(f"no label is called {unknown[0]!r}; add it to [labels]")
        names = [field.name for field in self.fields]
        if twice := next((name for name in names if names.count(name) > 1), None):
            raise ValueError(f"two fields are called {twice!r}")
        if bad := next((f for f in self.fields if (f.kind == "choice") != bool(f.options)), None):
            raise ValueError(f"field {bad.name!r}: give options to a choice, and only to it")


def load_template(path: Path) -> Template:
    """Load a template from a TOML file; DataError names all that is wrong with it."""
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}; name a template.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DataError(f"{path} is no TOML file ({error}); correct it.") from error
    template, problems = examine(Template, values)
    if template is None:
        raise DataError(f"{path}: " + "; ".join(map(str, problems)))
    return template
