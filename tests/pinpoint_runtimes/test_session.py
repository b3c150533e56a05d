import numpy as np
import pytest

from pinpoint_runtimes import CacheFull, RuntimeFailure, SessionError, TensorSpec
from pinpoint_runtimes.session import (
    REMEMBERED,
    FeedCheck,
    check_feeds,
    check_rows,
    check_truncation,
)

SPECS = (
    TensorSpec("features", "float32", ("N", 4)),
    TensorSpec("mask", "float32", ("N",)),
    TensorSpec("image", "uint8", (1, 3)),
)


def feeds(**changes):
    good = {
        "features": np.zeros((2, 4), np.float32),
        "mask": np.zeros(2, np.float32),
        "image": np.zeros((1, 3), np.uint8),
    }
    return {name: array for name, array in (good | changes).items() if array is not None}


def test_good_feeds_pass():
    check_feeds("align.onnx", SPECS, feeds())


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"mask": None}, r"align\.onnx: input mask is missing; it takes features, mask, image"),
        ({"masks": np.zeros(2, np.float32)}, r"no input masks; it takes"),
        ({"image": np.zeros((1, 3), np.float32)}, r"image must be uint8, got float32"),
        ({"image": np.zeros((1, 4), np.uint8)}, r"image must have shape \(1, 3\), got \(1, 4\)"),
        ({"image": np.zeros((1, 3, 1), np.uint8)}, r"got \(1, 3, 1\)"),
        ({"mask": np.zeros(3, np.float32)}, r"mask must have shape \(2\), got \(3,\)"),
    ],
)
def test_bad_feeds_name_tensor_expected_and_got(changes, message):
    with pytest.raises(SessionError, match=message):
        check_feeds("align.onnx", SPECS, feeds(**changes))

    check = FeedCheck("align.onnx", SPECS)
    check(feeds())
    with pytest.raises(SessionError, match=message):
        check(feeds(**changes))


def test_a_feed_check_names_the_bucket_and_remembers_what_was_right():
    check = FeedCheck("align.onnx", SPECS, ({"N": 2}, {"N": 3}))
    three = feeds(features=np.zeros((3, 4), np.float32), mask=np.zeros(3, np.float32))
    assert [check(feeds()), check(three), check(feeds())] == ["N2", "N3", "N2"]
    with pytest.raises(SessionError, match=r"not lowered for N1; its sizes are N2, N3"):
        check(feeds(features=np.zeros((1, 4), np.float32), mask=np.zeros(1, np.float32)))
    free = FeedCheck("align.onnx", SPECS)
    sizes = [*range(1, REMEMBERED + 3), 1]
    found = [
        free(feeds(features=np.zeros((size, 4), np.float32), mask=np.zeros(size, np.float32)))
        for size in sizes
    ]
    assert found == [f"N{size}" for size in sizes]


def rows(ids, visual=None, free_rows=8):
    visual = np.zeros((2, 3), np.float32) if visual is None else visual
    check_rows("decode", ids, visual, vocabulary=10, width=3, free_rows=free_rows)


def i32(*values):
    return np.array(values, np.int32)


def test_rows():
    rows(i32(0, 9, 10, 11))
    for ids in (i32(12), i32(-1), i32(), i32(1)[None], np.array([1])):
        with pytest.raises(SessionError):
            rows(ids)
    with pytest.raises(SessionError, match=r"id 10 is outside 0\.\.9"):
        rows(i32(10), np.zeros((0, 3), np.float32))
    with pytest.raises(SessionError, match=r"visual must be float32 \(V, 3\)"):
        rows(i32(1), np.zeros((2, 4), np.float32))
    with pytest.raises(CacheFull, match="3 rows do not fit, 2 are free"):
        rows(i32(1, 2, 3), free_rows=2)
    assert issubclass(CacheFull, RuntimeFailure)


def test_truncation():
    check_truncation("decode", 3, 3)
    for length in (-1, 4):
        with pytest.raises(SessionError, match="truncate 3 rows"):
            check_truncation("decode", length, 3)
