"""Batches by step: each is drawn from its step's own random source, ahead of the training.

A run that goes on after an interruption therefore draws what it would have drawn.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from typing import Generic, Protocol, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch.utils.data import DataLoader, Dataset

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class BatchSource(Protocol[T_co]):
    """Draws batches; platforms that start workers anew need one that can be pickled."""

    def draw(self, random: np.random.Generator) -> T_co:
        """Draw one batch from the random source alone."""
        ...


class StepBatches(Dataset[T]):
    """The batches of a run, where the index of an item is the number of its step."""

    def __init__(self, source: BatchSource[T], seed: int) -> None:
        self.source, self.seed = source, seed

    def __getitem__(self, step: int) -> T:
        return self.source.draw(step_random(self.seed, step))


def step_random(seed: int, step: int) -> np.random.Generator:
    """The random source of a step of the run with this seed."""
    return np.random.default_rng([seed, step])


def batches_from(source: BatchSource[T], seed: int, step: int, ahead: int = 8) -> Iterator[T]:
    """Batches from a step on, without end; a worker process prepares up to `ahead` of them."""
    loader = DataLoader(
        StepBatches(source, seed),
        batch_size=None,
        sampler=range(step, sys.maxsize),
        num_workers=1,
        prefetch_factor=ahead,
        # A generator of its own: the loader must not advance the one that dropout draws from.
        generator=torch.Generator(),
    )
    return iter(loader)


class MixedSource(Generic[T]):
    """Draws each batch from one of several sources, chosen by their shares."""

    def __init__(self, sources: Sequence[BatchSource[T]], shares: Sequence[float]) -> None:
        self.sources = list(sources)
        self.chances = np.array(shares) / sum(shares)

    def draw(self, random: np.random.Generator) -> T:
        """Choose a source and draw its batch."""
        return self.sources[int(random.choice(len(self.sources), p=self.chances))].draw(random)


class SizeSampler:
    """Draws items of like size, so that little of a batch is padding.

    sizes: of the items in ascending order; budget: size of a batch in all, of which it holds
    `fewest` to `most` items, drawn from those whose rank is within `reach` batches of a random one.
    """

    def __init__(
        self, sizes: Sequence[int], budget: int, fewest: int, most: int, reach: int
    ) -> None:
        self.sizes: NDArray[np.int64] = np.asarray(sizes, np.int64)
        self.budget, self.fewest, self.most, self.reach = budget, fewest, most, reach

    def draw(self, random: np.random.Generator) -> NDArray[np.int64]:
        """Draw the ranks of a batch's items."""
        count = len(self.sizes)
        centre = int(random.integers(count))
        size = int(np.clip(self.budget // max(int(self.sizes[centre]), 1), self.fewest, self.most))
        size = min(size, count)
        low = int(np.clip(centre - self.reach * size, 0, count - size))
        high = min(low + 2 * self.reach * size, count)
        return random.choice(np.arange(low, high), size, replace=False)
