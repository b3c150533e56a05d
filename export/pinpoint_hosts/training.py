"""Trains a head on annotated questions, or on the host's own attention where there are no boxes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from PIL.Image import Image
from torch import Tensor
from torch.nn import functional as F

from pinpoint_edge.errors import DataError
from pinpoint_hosts.attention_map import attention_map
from pinpoint_hosts.decoder_host import DecoderHost
from pinpoint_hosts.head import Head, HeadShape
from pinpoint_hosts.host import Box, Host, Look
from pinpoint_hosts.losses import answer_loss, box_loss, inter_image, intra_image
from pinpoint_hosts.refinement import cut
from pinpoint_hosts.windows import Windows, make_windows, relevant, to_pixels
from pinpoint_train.training.run import TrainingRun

BATCH = 16
INTRA = 0.5  # the paper's λ
# This share of the windows, those attended most, holds evidence where there are no boxes.
ATTENDED = 0.1


@dataclass(frozen=True)
class Example:
    """A question on a small page.

    grid: f32 (cells,c), shared by the page's questions; text: f32 (t,d); positive: bool (n,) and
    target: f32 (n,) of the windows; answer_nll: f32 (n,) or None.
    """

    page: int
    grid: Tensor
    windows: Windows
    text: Tensor
    positive: Tensor
    target: Tensor
    answer_nll: Tensor | None = None


@dataclass(frozen=True)
class Asked:
    """A question with its boxes in pixels, and its answer."""

    question: str
    boxes: tuple[Box, ...]
    answer: str | None = None


def examples(
    host: Host,
    pages: Iterable[tuple[Image, Sequence[Asked]]],
    shape: HeadShape,
    *,
    with_answers: bool = False,
) -> list[Example]:
    """Look at each small page once and make an example of each question on it.

    with_answers: measures the host's loss of the answer from each window, a pass for each.
    """
    from pinpoint_hosts.windows import WindowSize

    size, found = WindowSize(shape.side, shape.stride), []
    for number, (page, questions) in enumerate(pages):
        look = host.look(page, small=True)
        windows = make_windows(look.grid.shape[0], look.grid.shape[1], size)
        grid = look.grid.float().flatten(0, 1)
        for asked in questions:
            if asked.boxes:
                positive = relevant(list(asked.boxes), windows, look.frame, page.size)
                target = _inside(asked.boxes, windows, look, page.size)
            else:
                target = _attended(host, look, windows, asked.question)
                count = max(1, round(ATTENDED * len(target)))
                positive = target >= target.topk(count).values[-1]
            if not positive.any():
                continue
            nll = None
            if with_answers and asked.answer:
                nll = answer_nlls(host, page, windows, look, asked)
            text = host.instruction(asked.question).float()
            found.append(Example(number, grid, windows, text, positive, target, nll))
    if len({example.page for example in found}) < 2:
        raise DataError("a head is trained on two pages or more; annotate more of them")
    return found


def _inside(boxes: Sequence[Box], windows: Windows, look: Look, size: tuple[int, int]) -> Tensor:
    """Area of the boxes in each window."""
    areas = []
    for cells in windows.boxes:
        a, b, c, d = to_pixels(cells, windows, look.frame, size)
        areas.append(
            sum(
                max(0.0, min(c, x1) - max(a, x0)) * max(0.0, min(d, y1) - max(b, y0))
                for x0, y0, x1, y1 in boxes
            )
        )
    return torch.tensor(areas)


def _attended(host: Host, look: Look, windows: Windows, question: str) -> Tensor:
    """Mean relative attention of each window."""
    if not isinstance(host, DecoderHost):
        raise DataError(f"{host.family} gives no attention; annotate boxes")
    map_ = attention_map(host, look, question)[None, None].float()
    cells = F.interpolate(map_, (windows.rows, windows.columns), mode="bilinear")[0, 0].flatten()
    return cells[windows.cells].mean(1).cpu()


@torch.no_grad()
def answer_nlls(host: Host, page: Image, windows: Windows, look: Look, asked: Asked) -> Tensor:
    """Return the host's mean loss f32 (n,) of the gold answer, read from each window alone."""
    assert isinstance(host, DecoderHost)
    assert asked.answer
    answer = host.instruction(asked.answer)
    ids = host.tokenizer(asked.answer, add_special_tokens=False).input_ids
    losses = []
    for cells in windows.boxes:
        box = to_pixels(cells, windows, look.frame, page.size)
        crop = host.again([cut(page, box, square=host.square)])
        prompt = host.prompt(asked.question, crop)
        start = prompt.positions.max() + 1
        after = start + torch.arange(len(ids), device=prompt.ids.device)
        shape = (*prompt.positions.shape[:-1], len(ids))
        positions = torch.cat([prompt.positions, after.expand(shape)], -1)
        embeds = torch.cat([prompt.embeds, answer[None].to(prompt.embeds.dtype)], 1)
        rows = host.language(inputs_embeds=embeds, position_ids=positions).last_hidden_state
        scores = host.model.lm_head(rows[0, -len(ids) - 1 : -1]).float()
        wanted = torch.tensor(ids, device=scores.device)
        losses.append(F.cross_entropy(scores, wanted))
    return torch.stack(losses).cpu()


def fresh_head(made: Sequence[Example], shape: HeadShape) -> Head:
    """Return an untrained head, standardized on the examples."""
    head = Head(shape)
    grids = {example.page: example.grid for example in made}
    head.standardize(torch.cat(list(grids.values())), torch.cat([each.text for each in made]))
    return head


def train(
    head: Head,
    made: Sequence[Example],
    run: TrainingRun,
    *,
    rate: float = 1e-3,
    intra: float = INTRA,
    box: float = 1.0,
    answer: float = 0.0,
    on_step: Callable[[int], None] = lambda step: None,
) -> Head:
    """Train queries and projections; intra, box and answer weigh these losses.

    The rate is above the paper's 2e-5, which learns little in few steps.
    """
    optimizer = torch.optim.AdamW(head.parameters(), rate, weight_decay=0.01)
    scheduler = run.scheduler(optimizer)
    run.track(head=head, optimizer=optimizer, scheduler=scheduler)
    of_page: dict[int, list[Example]] = {}
    for example in made:
        of_page.setdefault(example.page, []).append(example)
    pages = list(of_page)
    head.train()
    for step in run:
        random = run.generator(step)
        # One question a page: the others of its page are no wrong answers between images.
        drawn = random.permutation(pages)[:BATCH]
        batch = [_one(random, of_page[page]) for page in drawn]
        scored = [head(each.grid, each.windows.cells, each.text) for each in batch]
        loss = inter_image(scored, [each.positive for each in batch])
        for each, result in zip(batch, scored, strict=True):
            part = intra * intra_image(result.relevance, each.positive)
            part = part + box * box_loss(result.relevance, each.target)
            if answer and each.answer_nll is not None:
                part = part + answer * answer_loss(result.relevance, each.answer_nll)
            loss = loss + part / len(batch)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        scheduler.step()
        if step % 20 == 0:
            run.log("train", loss=float(loss.detach()))
        on_step(step)
    return head.eval()


def _one(random: np.random.Generator, of: Sequence[Example]) -> Example:
    return of[int(random.integers(len(of)))]


@torch.no_grad()
def top_one(head: Head, made: Sequence[Example]) -> float:
    """Return the share of questions whose most relevant window holds evidence."""
    hits = [
        bool(each.positive[head(each.grid, each.windows.cells, each.text).relevance.argmax()])
        for each in made
    ]
    return sum(hits) / len(hits)
