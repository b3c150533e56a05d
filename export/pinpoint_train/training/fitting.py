"""The loop that glance encoder, aligner, element head and recogniser are trained by."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar, cast

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel

from pinpoint_train.training.batches import BatchSource
from pinpoint_train.training.run import TrainingRun

LOG_SECONDS = 10.0

T = TypeVar("T")
M = TypeVar("M", bound=nn.Module)


def moving_average(model: M, decay: float = 0.999) -> tuple[AveragedModel, M]:
    """Exponential moving average of a module's parameters and buffers, and the averaged module.

    The decay climbs with the number of updates, so that a short run is not held at its start.
    """

    def average(ours: Tensor, theirs: Tensor, updates: Tensor | int) -> Tensor:
        if not ours.is_floating_point():
            return theirs
        number = int(updates)
        return ours.lerp(theirs, 1 - min(decay, (2 + number) / (11 + number)))

    averaged = AveragedModel(model, avg_fn=average, use_buffers=True)
    averaged.module.eval().requires_grad_(False)
    return averaged, cast(M, averaged.module)


def adam(
    model: nn.Module, rate: float, weight_decay: float, betas: tuple[float, float] = (0.9, 0.999)
) -> torch.optim.AdamW:
    """AdamW that decays matrices and kernels alone, not biases and norms."""
    parameters = list(model.parameters())
    groups = [
        {"params": [p for p in parameters if p.ndim > 1], "weight_decay": weight_decay},
        {"params": [p for p in parameters if p.ndim <= 1], "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=rate, betas=betas)


def fit(
    run: TrainingRun,
    model: nn.Module,
    averaged: AveragedModel,
    optimizer: torch.optim.Optimizer,
    source: BatchSource[T],
    losses: Callable[[T], dict[str, Tensor]],
    *,
    weights: Mapping[str, float] | None = None,
    clip: float = 2.0,
    ahead: int = 8,
    evaluate: Callable[[], dict[str, float]] | None = None,
    evaluations: int = 1,
    adjust_gradients: Callable[[], None] | None = None,
) -> None:
    """Train a model until the run's budget is used, or go on with a resumed run.

    losses: the summands of a batch's loss by name; weights: their factors, 1 where none is given;
    clip: greatest norm of the gradients; ahead: batches prepared in advance; evaluate: gives
    figures to log, `evaluations` times a run; adjust_gradients: is called between their
    computation and their use.
    """
    scheduler = run.scheduler(optimizer)
    run.track(model=model, average=averaged, optimizer=optimizer, scheduler=scheduler)
    batches = run.batches(source, ahead)
    logged, evaluated, seen = run.elapsed, run.progress, 0
    sums: dict[str, float] = {}
    factors = weights or {}
    for step in run:
        parts = losses(next(batches))
        optimizer.zero_grad(set_to_none=True)
        loss = torch.stack([factors.get(name, 1.0) * part for name, part in parts.items()]).sum()
        loss.backward()  # type: ignore[no-untyped-call]
        if adjust_gradients is not None:
            adjust_gradients()
        torch.nn.utils.clip_grad_norm_(model.parameters(), clip)
        optimizer.step()
        scheduler.step()
        averaged.update_parameters(model)
        seen += 1
        sums = {name: sums.get(name, 0.0) + part.item() for name, part in parts.items()}
        if (spent := run.elapsed - logged) > LOG_SECONDS:
            means = {name: value / seen for name, value in sums.items()}
            rate = float(scheduler.get_last_lr()[0])
            run.log("train", **means, rate=rate, per_second=seen / spent)
            logged, seen, sums = run.elapsed, 0, {}
        if evaluate is not None and run.progress - evaluated >= 1 / evaluations and step:
            run.log("eval", **evaluate())
            evaluated, logged = run.progress, run.elapsed
