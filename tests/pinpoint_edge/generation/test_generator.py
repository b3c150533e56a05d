"""Prompts and decoding on a small decoder: the cache may change the work, not the answer."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pinpoint_edge.bundle import NotFoundPrior
from pinpoint_edge.errors import CapacityError
from pinpoint_edge.generation import prompt
from pinpoint_edge.generation.generator import (
    CAPACITY_STEP,
    CHUNK,
    MAX_ANSWER,
    Generator,
    not_found_bias,
)
from pinpoint_edge.generation.prompt import Piece
from pinpoint_edge.generation.quotable import QuotableText
from pinpoint_edge.generation.tokenizer import Tokenizer
from pinpoint_edge.runtime.stages import Stages
from pinpoint_models.decoder.config import DecoderConfig
from pinpoint_models.decoder.model import Decoder
from pinpoint_runtimes import Session
from pinpoint_runtimes.torch import TorchKVCache

TOKENIZER = Tokenizer(Path(__file__).parents[2] / "golden/tokenizer/tokenizer.json")
CONFIG = DecoderConfig(TOKENIZER.vocabulary, 32, 2, 4, 2, 16, 64, 10000.0, 1e-5, 4096)
END = TOKENIZER.control_id(prompt.END)
ITEMS = tuple(f"item {number} costs {number * 7}.50" for number in range(60))
TEXTS = ("Corner Bakery", "Date 14/03/2019", "Total 48.75", "Thank you")
PRIOR = NotFoundPrior()
QUESTIONS = ("What is the total?", "What is the date?")


@pytest.fixture
def decoder() -> Decoder:
    torch.manual_seed(3)
    return Decoder(CONFIG).eval()


class Reader:
    """A generator over a small decoder that records what its caches are asked to do."""

    def __init__(self, decoder: Decoder, capacity: int = 512, context: int = 4096) -> None:
        self.capacities: list[int] = []
        self.chunks: list[int] = []
        self.visual = np.random.default_rng(0).standard_normal((64, 32)).astype(np.float32)
        reader = self

        class Recording(TorchKVCache):
            def run(self, ids, visual):
                reader.chunks.append(ids.size)
                return super().run(ids, visual)

        class Source:
            def session(self, stage: str) -> Session:
                raise AssertionError("there is no vision stage here")

            def kv_cache(self, capacity: int) -> Recording:
                reader.capacities.append(capacity)
                return Recording(decoder, capacity)

        self.generator = Generator(
            TOKENIZER,
            Stages(Source()).kv_cache,
            capacity=capacity,
            context=context,
            d_llm=CONFIG.width,
            prior=PRIOR,
        )

    def ask(self, question, texts=TEXTS, *, page="a", free=False, others=0):
        """Answer over one region a row; the visual tokens of another page are other vectors."""
        rows = [[Piece(number, text)] for number, text in enumerate(texts)]
        built = prompt.build(TOKENIZER, question, rows)
        count = len(texts)
        quotable = QuotableText.from_lines(
            rows, np.full((count, 4), 0.5, np.float32), np.ones(count, np.float32)
        )
        visual = self.visual[:count] * (1 if page == "a" else -1)
        self.chunks.clear()
        names = [(page, number) for number in range(count)]
        timings: dict[str, float] = {}
        decoded = self.generator.generate(
            built, visual, names, quotable, question, free=free, null=None, timings=timings,
            others=others,
        )  # fmt: skip
        assert set(timings) == {"prefill", "decode", *(["alternatives"] if others else [])}
        return built, decoded


def same(one, other):
    assert (one.text, one.span, one.answer_tokens) == (other.text, other.span, other.answer_tokens)
    np.testing.assert_allclose(one.log_probabilities, other.log_probabilities, atol=1e-4)


def test_whole_chunks_of_a_kept_beginning_are_not_read_again(decoder):
    reader = Reader(decoder)
    first, _ = reader.ask(QUESTIONS[0], ITEMS)
    second, warm = reader.ask(QUESTIONS[1], ITEMS)
    shared = next(n for n, (a, b) in enumerate(zip(first.ids, second.ids, strict=False)) if a != b)
    assert shared >= first.question_start > CHUNK
    assert sum(reader.chunks[: -(-len(second.ids) // CHUNK) - shared // CHUNK]) == len(
        second.ids
    ) - (shared // CHUNK * CHUNK)
    _, cold = Reader(decoder).ask(QUESTIONS[1], ITEMS)
    assert warm == cold


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.tuples(st.integers(0, 1), st.integers(1, 30)), min_size=1, max_size=4))
def test_an_answer_does_not_depend_on_what_was_asked_before(decoder, asked):
    reader = Reader(decoder)
    for question, items in asked:
        _, last = reader.ask(QUESTIONS[question], ITEMS[:items])
    _, alone = Reader(decoder).ask(QUESTIONS[question], ITEMS[:items])
    assert last == alone


def test_equal_ids_with_other_visual_tokens_are_read_again(decoder):
    """Two pages with the same words."""
    reader = Reader(decoder)
    reader.ask(QUESTIONS[0], ITEMS)
    built, warm = reader.ask(QUESTIONS[0], ITEMS, page="b")
    assert reader.chunks[0] == CHUNK
    assert sum(reader.chunks[: -(-len(built.ids) // CHUNK)]) == len(built.ids)
    _, cold = Reader(decoder).ask(QUESTIONS[0], ITEMS, page="b")
    assert warm == cold
    _, other = Reader(decoder).ask(QUESTIONS[0], ITEMS)
    assert not np.allclose(warm.log_probabilities[0], other.log_probabilities[0], atol=1e-4)


def test_a_long_prompt_is_read_in_chunks_and_grows_the_cache(decoder):
    small, large = Reader(decoder, capacity=128), Reader(decoder, capacity=2048)
    small.ask(QUESTIONS[0])
    assert small.capacities == [CAPACITY_STEP]
    built, grown = small.ask(QUESTIONS[0], ITEMS)
    needed = len(built.ids) + MAX_ANSWER
    assert needed > CAPACITY_STEP
    assert small.capacities[1:] == [-(-needed // CAPACITY_STEP) * CAPACITY_STEP]
    full, rest = divmod(len(built.ids), CHUNK)
    assert small.chunks[: full + bool(rest)] == [CHUNK] * full + [rest] * bool(rest)
    _, roomy = large.ask(QUESTIONS[0], ITEMS)
    assert large.capacities == [2048]
    same(grown, roomy)
    small.ask(QUESTIONS[1])
    assert len(small.capacities) == 2, "a cache that is large enough is kept"


def test_a_prompt_over_the_context_is_refused_and_the_next_one_answered(decoder):
    reader = Reader(decoder, capacity=128, context=256)
    with pytest.raises(CapacityError, match="Stage decode is full"):
        reader.ask(QUESTIONS[0], ITEMS)
    _, after = reader.ask(QUESTIONS[0])
    _, fresh = Reader(decoder).ask(QUESTIONS[0])
    same(after, fresh)


def test_a_constrained_answer_stands_in_the_evidence(decoder):
    _, decoded = Reader(decoder).ask(QUESTIONS[0])
    assert decoded.span is not None
    assert decoded.text == decoded.span.text
    assert len(decoded.log_probabilities) == decoded.answer_tokens
    if decoded.span.kind == "span":
        assert any(decoded.text in text for text in (" ".join(TEXTS), *TEXTS))
    else:
        assert decoded.text in ("yes", "no", "not found")


def test_free_decoding_stops_at_the_limit(decoder):
    with torch.no_grad():
        decoder.embedding.weight[END] = 0  # its logit is 0, below the greatest of the others
    _, decoded = Reader(decoder).ask(QUESTIONS[0], free=True)
    assert decoded.answer_tokens == MAX_ANSWER
    assert decoded.span is None
    assert decoded.text


def test_free_decoding_ends_with_the_end_token(decoder):
    """The end token is given the direction of the prompt's last state, so it comes first."""
    built = prompt.build(TOKENIZER, QUESTIONS[0], [[Piece(0, TEXTS[0])]])
    reader = Reader(decoder)
    logits = TorchKVCache(decoder, 512).run(built.ids, reader.visual)
    table = decoder.embedding.weight.detach().numpy()
    state = np.linalg.lstsq(table, logits, rcond=None)[0]
    with torch.no_grad():
        decoder.embedding.weight[END] = torch.from_numpy(3 * state)
    _, decoded = reader.ask(QUESTIONS[0], TEXTS[:1], free=True)
    assert decoded.answer_tokens == 1
    assert decoded.text == ""
    assert decoded.log_probabilities[0] == pytest.approx(0, abs=0.1)


def test_a_prompt_without_evidence_is_answered(decoder):
    _, decoded = Reader(decoder).ask(QUESTIONS[0], ())
    assert decoded.text in ("yes", "no", "not found")


def test_the_bias_of_not_found_follows_the_aligner():
    assert not_found_bias(0.2, PRIOR) == pytest.approx(0.0), "what training taught is left as it is"
    assert not_found_bias(0.01, PRIOR) == pytest.approx(-PRIOR.limit)
    assert not_found_bias(0.999, PRIOR) == pytest.approx(PRIOR.limit)
    assert not_found_bias(0.1, PRIOR) < 0.0 < not_found_bias(0.5, PRIOR)


def test_other_answers_are_spans_of_their_own_and_change_nothing(decoder):
    reader = Reader(decoder)
    _, alone = reader.ask(QUESTIONS[0])
    _, first = reader.ask(QUESTIONS[0], others=3)
    assert (first.text, first.log_probabilities) == (alone.text, alone.log_probabilities)
    assert alone.others == ()
    words = [first.text, *(other.text for other in first.others)]
    assert len(words) == len({word.casefold() for word in words}) == 4
    line = " ".join(TEXTS)
    for other in first.others:
        assert other.text in line or other.span.kind in ("yes", "no", "not-found")
    # Each is as likely as its tokens, and the next question is answered as ever.
    again = Reader(decoder).ask(QUESTIONS[0], others=3)[1]
    assert again == first
    assert reader.ask(QUESTIONS[1])[1] == Reader(decoder).ask(QUESTIONS[1])[1]
