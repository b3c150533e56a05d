"""A third party's target whose delegates are the ways in which lowering can go wrong.

The fixture `planted` installs it as a distribution, so that workers find it as they find any other.
"""

from __future__ import annotations

import copy
import os
import signal
import subprocess
import time
from dataclasses import replace
from pathlib import Path

import torch

from pinpoint_export.targets import Artifact, StageCost
from pinpoint_export.targets.lowering import LoweringError
from pinpoint_export.targets.onnx.target import OnnxTarget
from pinpoint_models.stages import StageProgram
from pinpoint_quantization.recipe import Recipe


class Branching(torch.nn.Module):
    """Decides by its input, which no graph can hold."""

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        return image.float() if image.float().sum() > 0 else -image.float()


class PlantedTarget(OnnxTarget):
    """ONNX with a fault: its delegate names it."""

    name = "planted"
    delegates = (
        "none", "weight", "branch", "operator", "memory", "crash", "killed", "stuck", "uninstalled",
        "vast", "huge", "unrunnable",
    )  # fmt: skip

    def __init__(self, delegate: str = "none") -> None:
        self.fault = delegate

    def tools(self) -> tuple[str, ...]:
        return ("torch", "nobody-has-this") if self.fault == "uninstalled" else super().tools()

    def runtime(self) -> str | None:
        return None if self.fault == "unrunnable" else "onnx"

    def estimate(self, program: StageProgram, recipe: Recipe) -> StageCost:
        size = 10**16 if self.fault == "huge" else 1_000_000
        return StageCost(size, 10**16 if self.fault == "vast" else 500_000_000, 5.0)

    def lower(self, program: StageProgram, recipe: Recipe, out_dir: Path) -> Artifact:
        match self.fault:
            case "weight":
                module = copy.deepcopy(program.module)
                with torch.no_grad():
                    next(p for p in module.parameters() if p.ndim > 1).view(-1)[0] += 1e-3
                program = replace(program, module=module)
            case "branch":
                program = replace(program, module=Branching())
            case "operator":
                raise LoweringError(program.name, self.name, "aten.topk", "head", "sort instead")
            case "memory":
                torch.empty(10**15)
            case "crash":
                os.kill(os.getpid(), signal.SIGSEGV)
            case "killed":
                os.kill(os.getpid(), signal.SIGKILL)
            case "stuck":
                child = subprocess.Popen(["sleep", "600"])
                pids = f"{os.getpid()} {child.pid}"
                Path(os.environ["PLANTED_PIDS"]).write_text(pids, encoding="utf-8")
                time.sleep(600)
            case "unrunnable":
                (out_dir / f"{program.name}.bin").write_bytes(b"lowered")
                return Artifact.of(program, out_dir, [f"{program.name}.bin"])
        return super().lower(program, recipe, out_dir)
