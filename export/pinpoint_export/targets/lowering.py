"""The one failure of lowering: an operator that a target lacks, with the place that asks for it."""

from __future__ import annotations

from typing import Any

from pinpoint_edge.errors import ExportError


class LoweringError(ExportError):
    """A stage holds an operator that its target cannot express.

    operator: as the exporter names it; module: its path in the stage's torch module, "" when it is
    not known; alternative: what to write instead on this target, one clause.
    """

    def __init__(self, stage: str, target: str, operator: str, module: str, alternative: str):
        self.stage, self.operator, self.module = stage, operator, module
        where = f" in {module}" if module else ""
        super().__init__(
            f"Stage {stage} cannot be lowered to {target}: no operator {operator}{where}; "
            f"{alternative}."
        )


def module_path(program: Any, operator: str) -> str:
    """Return the path of the module whose call makes an operator, "" when there is none.

    program: a torch.export.ExportedProgram; operator: "aten.topk.default", or a part of it.
    """
    for node in program.graph.nodes:
        if node.op != "call_function" or operator not in str(node.target):
            continue
        stack = node.meta.get("nn_module_stack") or {}
        paths = [entry[0] for entry in stack.values()]
        if paths and paths[-1]:
            # "L['self'].projector.linear1" in some versions, "projector.linear1" in others
            return str(paths[-1]).split("].")[-1]
    return ""
