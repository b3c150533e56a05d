from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pinpoint_runtimes import SessionError

RNG = np.random.default_rng(11)


def random(*shape: int) -> np.ndarray:
    return RNG.standard_normal(shape).astype(np.float32)


def convolve(
    x: np.ndarray,
    weight: np.ndarray,
    bias: np.ndarray,
    pads: tuple[tuple[int, int], tuple[int, int]] = ((0, 0), (0, 0)),
    stride: tuple[int, int] = (1, 1),
    dilation: tuple[int, int] = (1, 1),
    groups: int = 1,
) -> np.ndarray:
    """The definition, sum by sum, in float64: (N, C, H, W)."""
    x = np.pad(x.astype(np.float64), ((0, 0), (0, 0), *pads))
    reach = [(k - 1) * d + 1 for k, d in zip(weight.shape[2:], dilation, strict=True)]
    size = [(n - r) // s + 1 for n, r, s in zip(x.shape[2:], reach, stride, strict=True)]
    out = np.zeros((len(x), len(weight), *size))
    inside, outside = weight.shape[1], len(weight) // groups
    for channel, kernel in enumerate(weight):
        first = channel // outside * inside
        for row in range(size[0]):
            for column in range(size[1]):
                top, left = row * stride[0], column * stride[1]
                window = x[
                    :,
                    first : first + inside,
                    top : top + reach[0] : dilation[0],
                    left : left + reach[1] : dilation[1],
                ]
                out[:, channel, row, column] = (window * kernel).sum((1, 2, 3)) + bias[channel]
    return out


def transpose(x: np.ndarray, weight: np.ndarray, stride: int, groups: int = 1) -> np.ndarray:
    """The uncut transposed convolution: every input adds its kernel at its place."""
    inside, outside = x.shape[1] // groups, weight.shape[1]
    rows, columns = (
        (n - 1) * stride + k for n, k in zip(x.shape[2:], weight.shape[2:], strict=True)
    )
    out = np.zeros((len(x), outside * groups, rows, columns))
    for channel in range(x.shape[1]):
        first = channel // inside * outside
        for row in range(x.shape[2]):
            for column in range(x.shape[3]):
                top, left = row * stride, column * stride
                place = out[
                    :,
                    first : first + outside,
                    top : top + weight.shape[2],
                    left : left + weight.shape[3],
                ]
                place += x[:, channel, row, column][:, None, None, None] * weight[channel]
    return out


X, KERNEL, BIAS = random(2, 4, 7, 6), random(6, 4, 3, 2), random(6)
GROUPED, DEEP, PLAIN = random(6, 2, 3, 3), random(4, 1, 3, 3), random(4)
UP, UP_GROUPED, UP_BIAS = random(4, 5, 3, 3), random(4, 3, 2, 2), random(5)
LINE, LINE_KERNEL = random(1, 2, 9), random(3, 2, 3)
FULL = transpose(X, UP, 2)
CASES: dict[str, tuple[Any, ...]] = {
    "conv": (
        lambda mb, x: mb.conv(
            x=x, weight=KERNEL, bias=BIAS, pad_type="custom", pad=[1, 1, 2, 2], strides=[2, 1]
        ),
        (X,),
        convolve(X, KERNEL, BIAS, ((1, 1), (2, 2)), (2, 1)),
    ),
    "conv unevenly padded": (
        lambda mb, x: mb.conv(x=x, weight=KERNEL, bias=BIAS, pad_type="custom", pad=[0, 2, 1, 0]),
        (X,),
        convolve(X, KERNEL, BIAS, ((0, 2), (1, 0))),
    ),
    "conv grouped and dilated": (
        lambda mb, x: mb.conv(
            x=x, weight=GROUPED, bias=BIAS, pad_type="valid", dilations=[2, 1], groups=2
        ),
        (X,),
        convolve(X, GROUPED, BIAS, dilation=(2, 1), groups=2),
    ),
    "conv depthwise": (
        lambda mb, x: mb.conv(x=x, weight=DEEP, bias=PLAIN, pad_type="valid", groups=4),
        (X,),
        convolve(X, DEEP, PLAIN, groups=4),
    ),
    "conv of a line": (
        lambda mb, x: mb.conv(x=x, weight=LINE_KERNEL, pad_type="valid", strides=[2]),
        (LINE,),
        convolve(LINE[:, :, None], LINE_KERNEL[:, :, None], np.zeros(3), stride=(1, 2))[:, :, 0],
    ),
    "conv_transpose": (
        lambda mb, x: mb.conv_transpose(
            x=x, weight=UP, bias=UP_BIAS, strides=[2, 2], pad_type="custom", pad=[1, 1, 1, 1]
        ),
        (X,),
        FULL[:, :, 1:-1, 1:-1] + UP_BIAS[:, None, None],
    ),
    "conv_transpose unevenly cut": (
        lambda mb, x: mb.conv_transpose(
            x=x, weight=UP, bias=UP_BIAS, strides=[2, 2], pad_type="custom", pad=[0, 1, 1, 0]
        ),
        (X,),
        FULL[:, :, :-1, 1:] + UP_BIAS[:, None, None],
    ),
    "conv_transpose to a shape": (
        lambda mb, x: mb.conv_transpose(
            x=x,
            weight=UP,
            bias=UP_BIAS,
            strides=[2, 2],
            pad_type="custom",
            pad=[1, 1, 1, 1],
            output_shape=[2, 5, 14, 12],
        ),
        (X,),
        FULL[:, :, 1:, 1:] + UP_BIAS[:, None, None],
    ),
    "conv_transpose grouped": (
        lambda mb, x: mb.conv_transpose(
            x=x, weight=UP_GROUPED, strides=[2, 2], pad_type="valid", groups=2
        ),
        (X,),
        transpose(X, UP_GROUPED, 2, groups=2),
    ),
}


@pytest.fixture(scope="module")
def found(evaluate_all: Any) -> Any:
    return evaluate_all(CASES)


@pytest.mark.parametrize("name", CASES)
def test_convolution(name: str, found: Any, agree: Any) -> None:
    agree(found[name], *CASES[name][2:], rtol=2e-5)


def test_padding_by_a_rule_of_tensorflow_is_refused(evaluate: Any) -> None:
    with pytest.raises(SessionError, match="the pad type same is not evaluated"):
        evaluate(lambda mb, x: mb.conv(x=x, weight=KERNEL, pad_type="same"), X)
