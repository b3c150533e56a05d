"""Questions about what is no text: ticked boxes, signatures, stamps."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from random import Random

from pinpoint_data.generator.layouts.forms.signatures import SIGNERS
from pinpoint_data.generator.page_builder import LabelledElement, TextSpan
from pinpoint_data.generator.synthetic_page import Box, PageElement, SyntheticQuestion
from pinpoint_data.word_lists import groups, words

MAX_QUESTIONS = 5
ALONE = 3  # boxes without a group that are asked for on a page
WORDINGS = groups("label_questions", "elements")
BY_GROUP = words("label_questions", "by_group")
OTHER_STAMPS = ("PAID", "RECEIVED", "VOID", "APPROVED", "CANCELLED", "DRAFT", "COPY")


def ask(
    rng: Random,
    labelled: Sequence[LabelledElement],
    elements: Sequence[PageElement],
    limit: int = MAX_QUESTIONS,
) -> list[SyntheticQuestion]:
    """Up to `limit` questions about the elements of a page, in its pixels.

    `labelled` are the elements with words of their own, `elements` all of them. The answers yes and
    no have the elements as their boxes; the option ticked is answered with its words.
    """
    asked = [
        *_ticks(rng, labelled),
        *_signatures(rng, labelled, elements),
        *_stamps(rng, labelled, elements),
    ]
    rng.shuffle(asked)
    return asked[:limit]


def _yes_no(
    text: str, on: bool, elements: list[Box], spans: Sequence[TextSpan], field: str, label: str = ""
) -> SyntheticQuestion:
    words = [span.box for span in spans if span.text]
    return SyntheticQuestion(
        text, ["yes" if on else "no"], elements, [*words, *elements], field, label
    )


def _ticks(rng: Random, labelled: Sequence[LabelledElement]) -> list[SyntheticQuestion]:
    groups: dict[str, list[LabelledElement]] = defaultdict(list)
    for item in labelled:
        if item.element.kind == "check":
            groups[item.group].append(item)
    times = Counter(item.label.lower() for items in groups.values() for item in items)
    asked: list[SyntheticQuestion] = []
    for group, items in groups.items():
        if len({item.label.lower() for item in items}) < len(items):
            continue
        left = list(items)
        # Boxes that belong to no group are asked for one by one.
        for _ in range(1 if group else min(ALONE, len(items))):
            item = rng.choice(left)
            # As many questions with the answer yes as with the answer no.
            wanted = rng.random() < 0.5
            item = next((other for other in left if other.element.state == wanted), item)
            left.remove(item)
            if not item.label:
                continue
            alone = times[item.label.lower()] == 1 and len(item.label) > 3
            if alone and (not group or rng.random() < 0.5):
                text, spans = (
                    rng.choice(WORDINGS["ticked"]).format(label=item.label),
                    item.label_spans,
                )
            elif group:
                text = rng.choice(WORDINGS["ticked_in_group"]).format(label=item.label, group=group)
                spans = [*item.group_spans, *item.label_spans]
            else:
                continue
            on = bool(item.element.state)
            asked.append(_yes_no(text, on, [item.element.box], spans, "yes_no", item.label))
        if group:
            asked += _chosen(rng, group, items)
    return asked


def _chosen(rng: Random, group: str, items: list[LabelledElement]) -> list[SyntheticQuestion]:
    """Which option of a group is ticked, or how many are."""
    heads = [span.box for span in items[0].group_spans]
    ticked = [item for item in items if item.element.state]
    if len(ticked) > 1 or rng.random() < 0.12:
        text = rng.choice(WORDINGS["ticked_count"]).format(group=group)
        boxes = [item.element.box for item in items]
        words = [span.box for item in items for span in item.label_spans]
        return [
            SyntheticQuestion(
                text, [str(len(ticked))], boxes, [*heads, *words, *boxes], "count", group
            )
        ]
    text = rng.choice(BY_GROUP).format(label=group)
    if not ticked:
        return [SyntheticQuestion(text, [], [], heads, "empty", group)]
    words = [span.box for span in ticked[0].label_spans]
    support = [*heads, *words, ticked[0].element.box]
    return [SyntheticQuestion(text, [ticked[0].label], words, support, "choice", group)]


def _signatures(
    rng: Random, labelled: Sequence[LabelledElement], elements: Sequence[PageElement]
) -> list[SyntheticQuestion]:
    lines = [item for item in labelled if item.element.kind == "signature"]
    times = Counter(item.label.lower() for item in lines)
    asked = [
        _yes_no(
            _signed_by(rng, item.label),
            bool(item.element.state),
            [item.element.box],
            item.label_spans,
            "signed",
            item.label,
        )
        for item in lines
        if item.label and times[item.label.lower()] == 1
    ]
    places = [element for element in elements if element.kind == "signature"]
    # Initials, which have no label, do not make a page signed.
    if not places or not all(item.label for item in lines):
        return asked
    spans = [span for item in lines for span in item.label_spans]
    boxes = [element.box for element in places]
    signed = sum(bool(element.state) for element in places)
    if signed in (0, len(places)):
        asked.append(_yes_no(rng.choice(WORDINGS["signed"]), signed > 0, boxes, spans, "signed"))
    if len(places) > 1 and rng.random() < 0.4:
        support = [*(span.box for span in spans), *boxes]
        text = rng.choice(WORDINGS["signed_count"])
        asked.append(SyntheticQuestion(text, [str(signed)], boxes, support, "count"))
    return asked


def _signed_by(rng: Random, who: str) -> str:
    text = rng.choice(WORDINGS["signed_by"])
    # People have no article.
    article = "the " if who in SIGNERS else ""
    text = text.replace("the {label}", article + "{label}")
    return text.format(label=who.lower() if article and rng.random() < 0.7 else who)


def _stamps(
    rng: Random, labelled: Sequence[LabelledElement], elements: Sequence[PageElement]
) -> list[SyntheticQuestion]:
    stamps = [item for item in labelled if item.element.kind == "stamp"]
    if not stamps:
        # Seldom, since nothing on the page supports the answer.
        if rng.random() > 0.04 or any(element.kind == "stamp" for element in elements):
            return []
        return [SyntheticQuestion(rng.choice(WORDINGS["stamped"]), ["no"], [], [], "stamp")]
    boxes = [item.element.box for item in stamps]
    spans = [span for item in stamps for span in item.label_spans]
    asked = [_yes_no(rng.choice(WORDINGS["stamped"]), True, boxes, spans, "stamp")]
    words = {item.label for item in stamps}
    word = rng.choice(OTHER_STAMPS) if rng.random() < 0.5 else rng.choice(sorted(words))
    text = rng.choice(WORDINGS["stamped_word"]).format(
        label=word.title() if rng.random() < 0.5 else word
    )
    asked.append(_yes_no(text, word in words, boxes, spans, "stamp", word))
    return asked
