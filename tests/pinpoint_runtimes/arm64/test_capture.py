import numpy as np

from arm64.capture import decode_runs


def test_the_prompt_is_cut_into_a_run_and_steps():
    """Ids of the second call pick its own visual tokens, which come behind those of the first."""
    first, second = np.arange(20, dtype=np.int32), np.array([100, 101, 7, 8, 9], np.int32)
    first[3] = 100
    visual = [np.full((1, 2), 1, np.float32), np.full((2, 2), 2, np.float32)]
    runs = decode_runs([(first, visual[0]), (second, visual[1])], vocabulary=100)
    ids = [runs[f"decode/{number}/ids"] for number in range(5)]
    assert [len(part) for part in ids] == [20, 1, 1, 1, 1]
    assert np.concatenate(ids).tolist() == [0, 1, 2, 100, *range(4, 20), 101, 102, 7, 8]
    assert runs["decode/4/visual"].tolist() == [[1, 1], [2, 2], [2, 2]]
