"""Questions about what is no text: ticked boxes, signatures, stamps."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from random import Random

from pinpoint_data.generator.layouts.forms.signatures import SIGNERS
from pinpoint_data.generator.page_builder import Marked, Span
from pinpoint_data.generator.questions.paraphrases import BY_GROUP
from pinpoint_data.generator.sample import Box, Mark, Question
from pinpoint_data.generator.text.words import by_semicolon

MAX_QUESTIONS = 5
ALONE = 3  # boxes without a group that are asked for on a page
TICKED = by_semicolon(
    'Is the box "{label}" ticked?;Is the box "{label}" checked?;Is {label} ticked?;'
    "Is {label} checked?;Is {label} marked?;Has {label} been ticked?;Is there a mark at {label}?;"
    'Is "{label}" selected?;Was {label} chosen?;Is there a tick next to "{label}"?;'
    "Is the checkbox {label} on?;{label} ticked?;Did they tick {label}?;Is {label} crossed?;"
    'Does the form have a tick at "{label}"?;Is the option {label} selected?'
)
TICKED_IN_GROUP = by_semicolon(
    'Is "{label}" ticked under "{group}"?;Is the box {label} ticked for {group}?;'
    "Is {label} checked for {group}?;Is {label} the answer to {group}?;"
    "For {group}, is {label} marked?;{group}: is {label} ticked?;Is {label} selected as {group}?;"
    'Under "{group}", was {label} chosen?;Has {label} been ticked at {group}?;'
    "Does {group} have a tick at {label}?;Is {group} marked {label}?"
)
TICKED_COUNT = by_semicolon(
    "How many boxes are ticked under {group}?;How many options are checked for {group}?;"
    "How many boxes are marked for {group}?;How many of the options of {group} are ticked?;"
    "Number of boxes ticked under {group}?;How many answers to {group} are ticked?"
)
SIGNED_BY = by_semicolon(
    "Has the {label} signed?;Did the {label} sign?;Is it signed by the {label}?;"
    "Is there a signature of the {label}?;Is the {label}'s signature there?;"
    'Is there a signature above "{label}"?;Has the {label} signed the document?;'
    "Is the line for the {label} signed?;Does the page bear the {label}'s signature?;"
    "{label} signed?;Was it signed by the {label}?;Is the signature of the {label} present?;"
    "Is the {label} signature filled in?"
)
SIGNED = by_semicolon(
    "Is it signed?;Is the document signed?;Is there a signature?;Has this been signed?;"
    "Is the form signed?;Is there a signature on the page?;Does it bear a signature?;signed?;"
    "Did somebody sign it?;Has anyone signed this?;Is a signature present?;Was this page signed?;"
    "Is the page signed by anyone?"
)
SIGNED_COUNT = by_semicolon(
    "How many signatures are there?;How many people have signed?;How many parties signed?;"
    "Number of signatures on the page?;How many signatures does the page bear?;"
    "Count the signatures."
)
STAMPED = by_semicolon(
    "Is there a stamp?;Is there a stamp on the page?;Has the page been stamped?;Is it stamped?;"
    "Does the document bear a stamp?;Is a stamp visible?;Was this stamped?;"
    "Is there a rubber stamp on it?;stamped?;Can a stamp be seen?;Does it have a stamp?;"
    "Has somebody stamped this?"
)
STAMPED_WORD = by_semicolon(
    'Is it stamped "{label}"?;Is there a {label} stamp?;Has it been stamped {label}?;'
    "Does the stamp say {label}?;Is the page stamped as {label}?;Was this stamped {label}?"
)
OTHER_WORDS = by_semicolon("PAID;RECEIVED;VOID;APPROVED;CANCELLED;DRAFT;COPY")


def ask(
    rng: Random, marked: Sequence[Marked], marks: Sequence[Mark], limit: int = MAX_QUESTIONS
) -> list[Question]:
    """Up to `limit` questions about the marks of a page, in its pixels.

    `marked` are the marks with words of their own, `marks` all of them. The answers yes and no
    have the marks as their boxes; the option ticked is answered with its words.
    """
    asked = [*_ticks(rng, marked), *_signatures(rng, marked, marks), *_stamps(rng, marked, marks)]
    rng.shuffle(asked)
    return asked[:limit]


def _yes_no(
    text: str, on: bool, marks: list[Box], spans: Sequence[Span], field: str, label: str = ""
) -> Question:
    words = [span.box for span in spans if span.text]
    return Question(text, ["yes" if on else "no"], marks, [*words, *marks], field, label)


def _ticks(rng: Random, marked: Sequence[Marked]) -> list[Question]:
    groups: dict[str, list[Marked]] = defaultdict(list)
    for item in marked:
        if item.mark.kind == "check":
            groups[item.group].append(item)
    times = Counter(item.label.lower() for items in groups.values() for item in items)
    asked: list[Question] = []
    for group, items in groups.items():
        if len({item.label.lower() for item in items}) < len(items):
            continue
        left = list(items)
        # Boxes that belong to no group are asked for one by one.
        for _ in range(1 if group else min(ALONE, len(items))):
            item = rng.choice(left)
            # As many questions with the answer yes as with the answer no.
            wanted = rng.random() < 0.5
            item = next((other for other in left if other.mark.state == wanted), item)
            left.remove(item)
            if not item.label:
                continue
            alone = times[item.label.lower()] == 1 and len(item.label) > 3
            if alone and (not group or rng.random() < 0.5):
                text, spans = rng.choice(TICKED).format(label=item.label), item.label_spans
            elif group:
                text = rng.choice(TICKED_IN_GROUP).format(label=item.label, group=group)
                spans = [*item.group_spans, *item.label_spans]
            else:
                continue
            on = bool(item.mark.state)
            asked.append(_yes_no(text, on, [item.mark.box], spans, "yes_no", item.label))
        if group:
            asked += _chosen(rng, group, items)
    return asked


def _chosen(rng: Random, group: str, items: list[Marked]) -> list[Question]:
    """Which option of a group is ticked, or how many are."""
    heads = [span.box for span in items[0].group_spans]
    ticked = [item for item in items if item.mark.state]
    if len(ticked) > 1 or rng.random() < 0.12:
        text = rng.choice(TICKED_COUNT).format(group=group)
        boxes = [item.mark.box for item in items]
        words = [span.box for item in items for span in item.label_spans]
        return [Question(text, [str(len(ticked))], boxes, [*heads, *words, *boxes], "count", group)]
    text = rng.choice(BY_GROUP).format(label=group)
    if not ticked:
        return [Question(text, [], [], heads, "empty", group)]
    words = [span.box for span in ticked[0].label_spans]
    support = [*heads, *words, ticked[0].mark.box]
    return [Question(text, [ticked[0].label], words, support, "choice", group)]


def _signatures(rng: Random, marked: Sequence[Marked], marks: Sequence[Mark]) -> list[Question]:
    lines = [item for item in marked if item.mark.kind == "signature"]
    times = Counter(item.label.lower() for item in lines)
    asked = [
        _yes_no(
            _signed_by(rng, item.label),
            bool(item.mark.state),
            [item.mark.box],
            item.label_spans,
            "signed",
            item.label,
        )
        for item in lines
        if item.label and times[item.label.lower()] == 1
    ]
    places = [mark for mark in marks if mark.kind == "signature"]
    # Initials, which have no label, do not make a page signed.
    if not places or not all(item.label for item in lines):
        return asked
    spans = [span for item in lines for span in item.label_spans]
    boxes = [mark.box for mark in places]
    signed = sum(bool(mark.state) for mark in places)
    if signed in (0, len(places)):
        asked.append(_yes_no(rng.choice(SIGNED), signed > 0, boxes, spans, "signed"))
    if len(places) > 1 and rng.random() < 0.4:
        support = [*(span.box for span in spans), *boxes]
        text = rng.choice(SIGNED_COUNT)
        asked.append(Question(text, [str(signed)], boxes, support, "count"))
    return asked


def _signed_by(rng: Random, who: str) -> str:
    text = rng.choice(SIGNED_BY)
    # People have no article.
    article = "the " if who in SIGNERS else ""
    text = text.replace("the {label}", article + "{label}")
    return text.format(label=who.lower() if article and rng.random() < 0.7 else who)


def _stamps(rng: Random, marked: Sequence[Marked], marks: Sequence[Mark]) -> list[Question]:
    stamps = [item for item in marked if item.mark.kind == "stamp"]
    if not stamps:
        # Seldom, since nothing on the page supports the answer.
        if rng.random() > 0.04 or any(mark.kind == "stamp" for mark in marks):
            return []
        return [Question(rng.choice(STAMPED), ["no"], [], [], "stamp")]
    boxes = [item.mark.box for item in stamps]
    spans = [span for item in stamps for span in item.label_spans]
    asked = [_yes_no(rng.choice(STAMPED), True, boxes, spans, "stamp")]
    words = {item.label for item in stamps}
    word = rng.choice(OTHER_WORDS) if rng.random() < 0.5 else rng.choice(sorted(words))
    text = rng.choice(STAMPED_WORD).format(label=word.title() if rng.random() < 0.5 else word)
    asked.append(_yes_no(text, word in words, boxes, spans, "stamp", word))
    return asked
