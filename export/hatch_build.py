"""Adds `pinpoint_quantization`, which lies beside this folder, to the wheel."""

from __future__ import annotations

from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class QuantizationHook(BuildHookInterface[Any]):
    """An editable install finds the package by `dev-mode-dirs`, so only a real wheel holds it."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the package's folder to the files of a standard build."""
        if version == "standard":
            build_data["force_include"]["../quantization/pinpoint_quantization"] = (
                "pinpoint_quantization"
            )
