"""Official data sets, read in the layout in which they are downloaded: a module a set.

Each module holds `DATASET`; docs/annotations.md names the annotators and where they are described.
"""

from __future__ import annotations

import importlib

from pinpoint_data.datasets.item import Dataset
from pinpoint_edge.errors import OptionError

MODULES = {
    "docvqa": "docvqa",
    "mp-docvqa": "mp_docvqa",
    "infographicvqa": "infographicvqa",
    "chartqa": "chartqa",
    "funsd": "funsd",
    "sroie": "sroie",
}


def load_reader(name: str) -> Dataset:
    """Return the reader of a data set; OptionError for a name that is none."""
    if name not in MODULES:
        raise OptionError(
            f"{name!r} is no data set that can be read; there are {', '.join(MODULES)}"
        )
    dataset = importlib.import_module(f"{__name__}.{MODULES[name]}").DATASET
    assert isinstance(dataset, Dataset)
    return dataset
