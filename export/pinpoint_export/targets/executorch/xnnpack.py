"""What of a program goes to XNNPACK: its partitioner, with two changes.

GELU in its tanh form is left out. The delegate takes that form too, but computes the one with erf:
50 dB of `align` (ExecuTorch 1.5.1). Left out, it runs as an operator of ExecuTorch's own.

A product of integers with a float32 input is taken as it is. XNNPACK has kernels for it
(f32-qc8w), but its partitioner looks for integers on both sides or on none.
"""

from __future__ import annotations

from typing import Any


def partitioner() -> Any:
    """Return the partitioner of all that XNNPACK computes as we mean it."""
    from executorch.backends.xnnpack.partition.config import ALL_PARTITIONER_CONFIGS
    from executorch.backends.xnnpack.partition.config.gemm_configs import LinearConfig
    from executorch.backends.xnnpack.partition.config.generic_node_configs import GeluConfig
    from executorch.backends.xnnpack.partition.xnnpack_partitioner import XnnpackPartitioner
    from executorch.backends.xnnpack.utils.quant_utils import is_dequant, tag_as_implicit_q_dq
    from executorch.backends.xnnpack.utils.utils import get_input_node

    class ErfGeluConfig(GeluConfig):  # type: ignore[misc]
        def check_constraints(self, node: Any, ep: Any) -> bool:
            exact = node.kwargs.get("approximate", "none") == "none"
            return exact and bool(super().check_constraints(node, ep))

    class MixedLinearConfig(LinearConfig):  # type: ignore[misc]
        def get_deps(self, node: Any, ep: Any) -> Any:
            taken, weight = (
                get_input_node(node, self.act_idx),
                get_input_node(node, self.weight_idx),
            )
            if not is_dequant(weight) or is_dequant(taken):
                return super().get_deps(node, ep)
            tag_as_implicit_q_dq(weight)
            return True, [weight, *weight.all_input_nodes]  # integers, scales, zeros

    swapped = {GeluConfig: ErfGeluConfig, LinearConfig: MixedLinearConfig}
    return XnnpackPartitioner(configs=[swapped.get(kind, kind) for kind in ALL_PARTITIONER_CONFIGS])
