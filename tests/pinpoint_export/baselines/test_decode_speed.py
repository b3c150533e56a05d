"""llama.cpp in this process, and engines compared with it."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from pinpoint_edge.errors import BackendError, DataError, OptionError
from pinpoint_edge.generation.tokenizer import Tokenizer
from pinpoint_edge.reader import PinPoint
from pinpoint_export.baselines import decode_speed
from pinpoint_export.baselines.llama_cpp import LlamaCpp, facts

GOLDEN_TOKENIZER = Path(__file__).parents[2] / "golden/tokenizer/tokenizer.json"


@pytest.fixture(scope="module")
def model(one_layer_gguf: Path) -> Iterator[LlamaCpp]:
    pytest.importorskip("xllamacpp")
    with LlamaCpp(one_layer_gguf, threads=1, context=256) as loaded:
        yield loaded


def test_the_kv_cache_keeps_a_common_beginning_unless_told_otherwise(model: LlamaCpp) -> None:
    ids = list(range(500, 600))
    first = model.complete(ids, 5, keep=False, to_the_end=True)
    assert (first.prompt_tokens, first.cached, first.steps) == (100, 0, 4)
    assert first.prompt_ms > 0 < first.steps_ms
    again = model.complete([*ids[:80], 7, 8], 1)
    assert (again.prompt_tokens, again.cached) == (82, 80)
    assert model.complete(ids, 5, keep=False, to_the_end=True).text == first.text
    model.forget()
    assert model.complete(ids, 1).cached == 0


def test_a_chat_reads_a_document_once(model: LlamaCpp) -> None:
    def ask(question: str) -> list[dict[str, str]]:
        page = " ".join(f"line {number}" for number in range(20))
        return [{"role": "user", "content": f"{page}\nQuestion: {question}"}]

    whole = model.chat(ask("what is one?"), 2)
    assert whole.cached < whole.prompt_tokens / 4
    assert model.chat(ask("which is two?"), 2).cached > whole.prompt_tokens / 2


def test_what_does_not_fit_or_load_is_named(model: LlamaCpp, tmp_path: Path) -> None:
    with pytest.raises(OptionError, match=r"its context is 256 tokens, which --context changes"):
        model.complete([5] * 400, 2)
    assert model.complete([5, 6], 1).prompt_tokens == 2
    with pytest.raises(DataError, match=r"absent\.gguf: no such file"):
        LlamaCpp(tmp_path / "absent.gguf", threads=1, context=256)
    (tmp_path / "text.gguf").write_bytes(b"no model" * 10)
    with pytest.raises(DataError, match=r"text\.gguf: llama\.cpp cannot load"):
        LlamaCpp(tmp_path / "text.gguf", threads=1, context=256)


def test_the_package_says_what_it_is_compiled_for() -> None:
    pytest.importorskip("xllamacpp")
    assert facts()["package"].startswith("xllamacpp 2")
    assert facts()["instructions"]


def test_without_the_package_the_remedy_is_named(
    one_layer_gguf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "xllamacpp", None)
    with pytest.raises(BackendError, match=r"pip install 'pinpoint-edge-export\[baselines\]'"):
        LlamaCpp(one_layer_gguf, threads=1, context=256)


def test_a_prompt_has_the_length_that_was_asked_for_and_no_visual_token() -> None:
    tokenizer = Tokenizer(GOLDEN_TOKENIZER)
    for count in (150, 380, 1000):
        ids = decode_speed.text_prompt(tokenizer, count)
        assert len(ids) == count
        assert max(ids) < tokenizer.vocabulary
        assert tokenizer.decode(ids).endswith("\nQuestion: What is the total amount?\nAnswer:")
    with pytest.raises(OptionError, match="no room for a page"):
        decode_speed.text_prompt(tokenizer, 10)


def test_engines_take_turns_and_the_faster_engine_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decode_speed, "PAUSE_S", 0)
    order: list[str] = []

    def engine(name: str, read: float, step: float) -> decode_speed.Run:
        def run(ids: Sequence[int]) -> tuple[float, float]:
            order.append(name)
            # The first run of each is slow, and must not count.
            slow = 10 if order.count(name) == 1 else 1
            return len(ids) * read * slow, 4 * step * slow

        return run

    engines = {
        "pinpoint": engine("pinpoint", 0.001, 0.02),
        "a": engine("a", 0.002, 0.05),
        "b": engine("b", 0.003, 0.01),
    }
    prefill, decode = decode_speed.by_turns(engines, [[1] * 100], steps=4, runs=2)
    assert order == ["pinpoint", "a", "b", "a", "b", "pinpoint", "b", "pinpoint", "a"]
    assert (prefill.phase, prefill.tokens, prefill.runs) == ("prefill", 100, 2)
    assert prefill.fastest == "a"
    assert decode.fastest == "b"
    assert prefill.rates[0].p50 == pytest.approx(1000)
    assert prefill.ratio == pytest.approx(2)
    assert decode.ratio == pytest.approx(0.5)


def test_our_side_reads_the_whole_prompt_and_goes_on_greedily(small_reader: PinPoint) -> None:
    cache = small_reader.engine.stages.kv_cache(600)
    width = small_reader.engine.manifest.d_llm
    ids = decode_speed.text_prompt(small_reader.engine.tokenizer, 300)
    run = decode_speed.ours(cache, width, steps=3)
    for _ in range(2):
        read, written = run(ids)
        assert read > 0 < written
        assert cache.length == 303  # a run begins with an empty cache
    none = np.zeros((1, width), np.float32)
    cache.truncate(300)
    last = cache.run(np.array([1], np.int32), none)
    cache.truncate(0)
    cache.run(np.array(ids, np.int32), none)
    np.testing.assert_allclose(cache.run(np.array([1], np.int32), none), last, atol=1e-4)


def test_a_missing_model_is_refused(
    small_bundle: Path, tmp_path: Path, pinpoint_bench: Callable[..., tuple[int, str, str]]
) -> None:
    pytest.importorskip("xllamacpp")
    code, _, error = pinpoint_bench("llama", small_bundle, "--gguf", tmp_path / "no.gguf")
    assert code == DataError.exit_code
    assert "no.gguf cannot be read" in error


def test_a_comparison_of_different_models_is_refused(
    small_bundle: Path, one_layer_gguf: Path, pinpoint_bench: Callable[..., tuple[int, str, str]]
) -> None:
    pytest.importorskip("xllamacpp")
    code, _, error = pinpoint_bench("llama", small_bundle, "--gguf", one_layer_gguf)
    assert code == OptionError.exit_code
    assert "has 1 layers, the language model of 'small' has 30" in error


@pytest.mark.slow
def test_a_bundle_is_compared_with_both_forms_of_a_model(
    forms_bundle: Path,
    tmp_path: Path,
    pinpoint_bench: Callable[..., tuple[int, str, str]],
) -> None:
    pytest.importorskip("xllamacpp")
    out = tmp_path / "each.json"
    code, printed, _ = pinpoint_bench(
        "llama", forms_bundle, "--threads", 1, "--prompt", 40, "--prompt", 300, "--steps", 2,
        "--runs", 1, "--output", out,
    )  # fmt: skip
    assert code == 0
    assert "llama.cpp q4_0" in printed
    figures = json.loads(out.read_text())
    assert figures["llama.cpp"]["instructions"]
    comparisons = figures["comparisons"]
    assert [(each["phase"], each["tokens"]) for each in comparisons] == [
        ("prefill", 40), ("decode", 40), ("prefill", 300), ("decode", 300),
    ]  # fmt: skip
    for each in comparisons:
        engines = [rate["engine"] for rate in each["rates"]]
        assert engines == ["pinpoint", "llama.cpp q4_0", "llama.cpp q4_1"]
        assert each["fastest"] in engines[1:]
        assert each["ratio"] > 0
