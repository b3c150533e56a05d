from __future__ import annotations

from typing import Any

import numpy as np
import pytest

X = np.arange(24, dtype=np.float32).reshape(1, 4, 2, 3) ** 1.5
PAIR = np.array([[[0.0, 1.0]]], np.float32)
CUBE = np.arange(48, dtype=np.float32).reshape(1, 4, 4, 3)


def blocks(x: np.ndarray, size: int, *, channels_first: bool) -> np.ndarray:
    """Channels into space; which part of a channel's number is the place in the block differs."""
    n, c, h, w = x.shape
    depth = c // size**2
    out = np.zeros((n, depth, h * size, w * size), x.dtype)
    for channel in range(depth):
        for row in range(size):
            for column in range(size):
                place = row * size + column
                source = channel * size**2 + place if channels_first else place * depth + channel
                out[:, channel, row::size, column::size] = x[:, source]
    return out


def sampled(mode: str, width: int) -> Any:
    return lambda mb, x: mb.resize_bilinear(
        x=x, target_size_height=1, target_size_width=width, sampling_mode=mode
    )


def grid(*values: float) -> np.ndarray:
    return np.array([[values]], np.float32)


DOUBLED = X.repeat(2, -2).repeat(3, -1)
# The grids are those that coremltools' documentation of resize_bilinear gives for [0, 1].
CASES: dict[str, tuple[Any, ...]] = {
    "upsample_nearest_neighbor": (
        lambda mb, x: mb.upsample_nearest_neighbor(
            x=x, scale_factor_height=2, scale_factor_width=3
        ),
        (X,),
        DOUBLED,
    ),
    "resize_nearest_neighbor": (
        lambda mb, x: mb.resize_nearest_neighbor(x=x, target_size_height=4, target_size_width=9),
        (X,),
        DOUBLED,
    ),
    "resize_bilinear": (sampled("UNALIGN_CORNERS", 5), (PAIR,), grid(0, 0.1, 0.5, 0.9, 1)),
    "resize_bilinear aligned": (
        sampled("STRICT_ALIGN_CORNERS", 5),
        (PAIR,),
        grid(0, 0.25, 0.5, 0.75, 1),
    ),
    "resize_bilinear to one": (sampled("ALIGN_CORNERS", 1), (PAIR,), grid(0.5)),
    "resize_bilinear default": (sampled("DEFAULT", 5), (PAIR,), grid(0, 0.4, 0.8, 1, 1)),
    "resize_bilinear offset": (
        sampled("OFFSET_CORNERS", 5),
        (PAIR,),
        grid(0.1, 0.3, 0.5, 0.7, 0.9),
    ),
    "upsample_bilinear": (
        lambda mb, x: mb.upsample_bilinear(x=x, scale_factor_width=2.5, align_corners=False),
        (PAIR,),
        grid(0, 0.1, 0.5, 0.9, 1),
    ),
    "upsample_bilinear aligned": (
        lambda mb, x: mb.upsample_bilinear(x=x, scale_factor_width=2.5, align_corners=True),
        (PAIR,),
        grid(0, 0.25, 0.5, 0.75, 1),
    ),
    "resize": (
        lambda mb, x: mb.resize(
            x=x,
            shape=[0, 5],
            resized_dims=np.uint32(2),
            interpolation_mode="LINEAR",
            sampling_mode="UNALIGN_CORNERS",
        ),
        (PAIR,),
        grid(0, 0.1, 0.5, 0.9, 1),
    ),
    "resize nearest": (
        lambda mb, x: mb.resize(
            x=x,
            shape=[1, 4, 4, 9],
            resized_dims=np.uint32(2),
            interpolation_mode="NEAREST_NEIGHBOR",
            sampling_mode="DEFAULT",
        ),
        (X,),
        DOUBLED,
    ),
    "crop": (
        lambda mb, x: mb.crop(x=x, crop_height=[1, 1], crop_width=[0, 2]),
        (CUBE,),
        CUBE[:, :, 1:-1, :1],
    ),
    "pixel_shuffle": (
        lambda mb, x: mb.pixel_shuffle(x=x, upscale_factor=2),
        (X,),
        blocks(X, 2, channels_first=True),
    ),
    "pixel_unshuffle": (
        lambda mb, x: mb.pixel_unshuffle(x=x, downscale_factor=np.uint32(2)),
        (blocks(X, 2, channels_first=True),),
        X,
    ),
    "depth_to_space": (
        lambda mb, x: mb.depth_to_space(x=x, block_size=2),
        (X.repeat(2, 1),),
        blocks(X.repeat(2, 1), 2, channels_first=False),
    ),
    "space_to_depth": (
        lambda mb, x: mb.space_to_depth(x=x, block_size=2),
        (blocks(X, 2, channels_first=False),),
        X,
    ),
}


@pytest.fixture(scope="module")
def found(evaluate_all: Any) -> Any:
    return evaluate_all(CASES)


@pytest.mark.parametrize("name", CASES)
def test_resize(name: str, found: Any, agree: Any) -> None:
    agree(found[name], *CASES[name][2:], rtol=2e-5)


def test_nearest_neighbours_of_other_ratios_are_refused(evaluate: Any) -> None:
    from pinpoint_runtimes import SessionError

    with pytest.raises(SessionError, match=r"resize_nearest_neighbor .*only defined for whole"):
        evaluate(
            lambda mb, x: mb.resize_nearest_neighbor(
                x=x, target_size_height=3, target_size_width=3
            ),
            X,
        )
