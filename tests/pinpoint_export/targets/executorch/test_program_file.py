"""Programs whose weights lie once in the file run as before, and damaged layouts are refused."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from pinpoint_edge.errors import ExportError
from pinpoint_export.targets.executorch.program_file import contents, store_once

pytest.importorskip("executorch")

TABLE = 400 * 64 * 4


class Speaker(nn.Module):
    """A table that is looked up and multiplied with, and a layer in between."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(400, 64)
        self.layer = nn.Linear(64, 64, bias=False)

    def forward(self, ids: Tensor) -> Tensor:
        x = torch.tanh(self.layer(self.embedding(ids)))
        logits: Tensor = nn.functional.linear(x, self.embedding.weight)
        return logits


IDS = torch.tensor([[5, 0, 399]])


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Tensor]:
    """A program as ExecuTorch writes it, and what it shall give."""
    from executorch.backends.xnnpack.partition.xnnpack_partitioner import XnnpackPartitioner
    from executorch.exir import to_edge_transform_and_lower

    torch.manual_seed(0)
    speaker = Speaker().eval()
    path = tmp_path_factory.mktemp("program") / "speaker.pte"
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")
        program = torch.export.export(speaker, (IDS,), strict=False)
        edge = to_edge_transform_and_lower(program, partitioner=[XnnpackPartitioner()])
        path.write_bytes(edge.to_executorch().buffer)
        return path, speaker(IDS)


def run(path: Path) -> Any:
    from executorch.extension.pybindings import portable_lib

    checked = portable_lib.Verification.InternalConsistency
    program = portable_lib._load_program(str(path), program_verification=checked)
    return program.load_method("forward")([IDS], clone_outputs=True)[0]


@pytest.mark.slow
def test_a_table_is_stored_once_and_runs_as_before(
    written: tuple[Path, Tensor], tmp_path: Path
) -> None:
    path, expected = written
    once = tmp_path / "once.pte"
    assert store_once(path, once) == TABLE
    assert path.stat().st_size - once.stat().st_size >= TABLE
    assert np.array_equal(run(once), run(path))
    torch.testing.assert_close(run(once), expected, rtol=1e-4, atol=1e-4)
    again = tmp_path / "again.pte"
    store_once(path, again)
    assert again.read_bytes() == once.read_bytes()


@pytest.mark.slow
def test_what_a_program_holds(written: tuple[Path, Tensor], tmp_path: Path) -> None:
    found = contents(written[0])
    assert found.constants == {"float32": 2}
    assert sorted(found.named.values())[-2:] == [64 * 64 * 4, TABLE]
    assert "aten::embedding" in found.operators
    once = tmp_path / "once.pte"
    store_once(written[0], once)
    assert contents(once) == found


def test_a_file_of_another_layout_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.pte"
    path.write_bytes(bytes(200))
    with pytest.raises(ExportError, match="another layout"):
        contents(path)
