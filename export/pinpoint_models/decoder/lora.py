"""Low-rank adaptation of the decoder (LoRA, Hu et al. 2021): train, store and fold in.

Linear layers of attention and MLP get a low-rank branch. The base weights are frozen, so their
gradients are never computed, and only the branches are stored.
"""

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from pinpoint_edge.errors import DataError
from pinpoint_models.decoder.model import Decoder


class LoRALinear(nn.Module):
    """A frozen linear layer plus `alpha / rank * up(down(x))`; `up` starts at zero."""

    def __init__(self, base: nn.Linear, rank: int, alpha: float) -> None:
        super().__init__()
        self.base = base
        self.alpha = alpha
        self.scale = alpha / rank
        weight = base.weight
        self.down = nn.Parameter(weight.new_empty(rank, base.in_features))
        self.up = nn.Parameter(weight.new_zeros(base.out_features, rank))
        nn.init.kaiming_uniform_(self.down, a=math.sqrt(5))

    def forward(self, x: Tensor) -> Tensor:
        low = F.linear(x, self.down) * self.scale
        out: Tensor = self.base(x) + F.linear(low, self.up)
        return out

    def merged(self) -> nn.Linear:
        """Return the base layer with the branch added to its weight, computed in f32."""
        weight = self.base.weight
        delta = self.scale * (self.up.float() @ self.down.float())
        merged = (weight.detach().float() + delta.detach()).to(weight.dtype)
        self.base.weight = nn.Parameter(merged, requires_grad=False)
        return self.base


def _adapted(decoder: Decoder) -> dict[str, LoRALinear]:
    return {name: m for name, m in decoder.named_modules() if isinstance(m, LoRALinear)}


def apply_lora(decoder: Decoder, rank: int, alpha: float) -> list[nn.Parameter]:
    """Wrap all linear layers of the decoder in place, and freeze all other parameters.

    Returns the trainable parameters. The decoder's output does not change until they are trained.
    """
    if rank < 1:
        raise DataError(f"A LoRA of rank {rank} is impossible; give a rank of at least 1.")
    if _adapted(decoder):
        raise DataError("The decoder already has a LoRA; merge it before applying another.")
    decoder.requires_grad_(False)
    linears = [(name, m) for name, m in decoder.named_modules() if isinstance(m, nn.Linear)]
    for name, linear in linears:
        decoder.set_submodule(name, LoRALinear(linear, rank, alpha))
    return [p for module in _adapted(decoder).values() for p in (module.down, module.up)]


def lora_state(decoder: Decoder) -> dict[str, Tensor]:
    """Return the branches alone: `<layer>.down` (rank, in), `<layer>.up` (out, rank), and `alpha`.

    Branches are int8, with scales in f16 (`<layer>.down.scale` and `.up.scale`, see `to_int8`),
    ready for `safetensors.torch.save_file`.
    """
    adapted = _adapted(decoder)
    if not adapted:
        raise DataError("The decoder has no LoRA; call apply_lora first.")
    state = {"alpha": torch.tensor([next(iter(adapted.values())).alpha], dtype=torch.float16)}
    for name, module in adapted.items():
        for part, branch in (("down", module.down), ("up", module.up)):
            integers, scales = to_int8(branch.detach().cpu())
            state[f"{name}.{part}"], state[f"{name}.{part}.scale"] = integers, scales
    return state


def at_rank(state: dict[str, Tensor], rank: int) -> dict[str, Tensor]:
    """Bring stored branches to a lower rank, as near to their products as that allows.

    Each product is cut after its largest singular values (Eckart and Young, 1936), which `down` and
    `up` share alike. Returns branches in f32, for `load_lora`.

    Raises:
        DataError: the branches have a lower rank already.
    """
    names = [name.removesuffix(".down") for name in state if name.endswith(".down")]
    alpha, own = float(state["alpha"]), len(state[f"{names[0]}.down"])
    if rank > own:
        raise DataError(f"The LoRA has rank {own}, less than {rank}: give at most {own}.")
    result = {"alpha": torch.tensor([alpha * rank / own])}
    for name in names:
        left, upper = torch.linalg.qr(_values(state, f"{name}.up"))
        right, lower = torch.linalg.qr(_values(state, f"{name}.down").T)
        u, values, v = torch.linalg.svd(upper @ lower.T)
        share = values[:rank].sqrt()
        result[f"{name}.up"] = left @ u[:, :rank] * share
        result[f"{name}.down"] = share[:, None] * (v[:rank] @ right.T)
    return result


def to_int8(branch: Tensor) -> tuple[Tensor, Tensor]:
    """Round a matrix (N, K) to integers i8 (N, K) and scales f16, one a direction of the branch.

    The scales are those of its rows, (N, 1), or, where it is higher than wide, of its columns,
    (1, K): there are never more of them than the branch's rank.
    """
    along = int(branch.shape[0] <= branch.shape[1])
    scales = (branch.float().abs().amax(along, keepdim=True) / 127).half()
    steps = branch.float() / scales.float().clamp(min=1e-30)
    return steps.round().clamp(-127, 127).to(torch.int8), scales


def as_stored(branch: Tensor) -> Tensor:
    """The values f32 that a branch has once it was stored and loaded."""
    integers, scales = to_int8(branch)
    return integers.float() * scales.float()


def _values(state: dict[str, Tensor], name: str) -> Tensor:
    """A stored branch in f32."""
    stored, scales = state[name], state.get(f"{name}.scale")
    if stored.dtype != torch.int8:
        return stored.float()
    if scales is None or scales.shape not in ((len(stored), 1), (1, stored.shape[1])):
        raise DataError(f"LoRA {name}: the scales of its rows or columns are missing.")
    return stored.float() * scales.float()


def load_lora(decoder: Decoder, state: dict[str, Tensor]) -> None:
    """Put stored branches into the decoder, wrapping its linear layers where that is still due.

    Args:
        decoder: plain, or already wrapped at the same rank; it may have fewer layers than the
            branches were trained for.
        state: that of `lora_state`; branches may also be in floating point, without scales.

    Raises:
        DataError: the state lacks a layer or has another rank or shape.
    """
    downs = {name: tensor for name, tensor in state.items() if name.endswith(".down")}
    if "alpha" not in state or not downs:
        raise DataError("This is no LoRA of the decoder: `alpha` or the branches are missing.")
    alpha, rank = float(state["alpha"]), next(iter(downs.values())).shape[0]
    if not _adapted(decoder):
        apply_lora(decoder, rank, alpha)
    for name, module in _adapted(decoder).items():
        module.alpha, module.scale = alpha, alpha / rank
        for part, parameter in (("down", module.down), ("up", module.up)):
            stored = state.get(f"{name}.{part}")
            if stored is None or stored.shape != parameter.shape:
                got = "nothing" if stored is None else tuple(stored.shape)
                expected = tuple(parameter.shape)
                raise DataError(f"LoRA {name}.{part}: expected shape {expected}, got {got}.")
            with torch.no_grad():
                parameter.copy_(_values(state, f"{name}.{part}"))


def merge_lora(decoder: Decoder) -> None:
    """Fold the branches into the weights and remove the wrappers, in place."""
    for name, module in _adapted(decoder).items():
        decoder.set_submodule(name, module.merged())
