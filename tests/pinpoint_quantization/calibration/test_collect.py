"""The inputs that an observer keeps of a reader's runs."""

from __future__ import annotations

import numpy as np

from pinpoint_quantization.calibration.collect import PromptRecorder

WIDTH = 4


def decode(recorder: PromptRecorder, position: int, ids: list[int], visual: int) -> None:
    """Tell of a run of the decode stage: rows at a position, and a number of visual tokens."""
    inputs = {
        "ids": np.array(ids, np.int32),
        "visual": np.full((visual, WIDTH), 7, np.float32),
        "position": np.array([position], np.int32),
    }
    recorder.ran("decode", inputs, {"logits": np.zeros(9, np.float32)})


def test_a_prompt_of_several_runs_ends_with_the_true_answer() -> None:
    recorder = PromptRecorder(WIDTH)
    decode(recorder, 0, [1, 2, 3], 2)
    decode(recorder, 3, [4, 5], 2)
    decode(recorder, 5, [90], 2)  # a step of the model's own answer
    recorder.end_prompt(5, [80, 81])
    decode(recorder, 2, [6], 2)  # the next question keeps two rows
    recorder.end_prompt(3, [82])
    first, second = recorder.prompts
    assert first["ids"].tolist() == [1, 2, 3, 4, 5, 80, 81]
    assert second["ids"].tolist() == [1, 2, 6, 82]
    assert first["visual"].shape == (2, WIDTH)
    assert first["ids"].dtype == np.int32
    assert recorder.lengths == [2, 1]


def test_a_prompt_without_visual_tokens_gets_an_empty_one() -> None:
    recorder = PromptRecorder(WIDTH)
    decode(recorder, 0, [1, 2], 2)
    decode(recorder, 0, [1, 3], 0)
    recorder.end_prompt(2, [4])
    assert recorder.prompts[0]["visual"].tolist() == [[0.0] * WIDTH]


def test_vision_inputs_are_copies_and_are_taken_once() -> None:
    recorder = PromptRecorder(WIDTH)
    crops = np.ones((2, 3), np.float32)
    recorder.ran("refine", {"crops": crops}, {})
    crops[:] = 5
    [run] = recorder.take_runs()["refine"]
    assert run["crops"].max() == 1
    assert recorder.take_runs() == {}
