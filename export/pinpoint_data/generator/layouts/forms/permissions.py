"""Fields whose value says yes or no in other words: `Smoking | not permitted`."""

from pinpoint_data.generator.composer import Composer, FormEntry
from pinpoint_data.generator.layouts.forms import blocks
from pinpoint_data.generator.page_builder import answered
from pinpoint_data.word_lists import groups, pairs

RULES = dict(pairs("label_questions", "permissions", "questions"))
"""Label → the question whether it is so."""
SAID = groups("label_questions", "permissions", "said")
"""yes or no → the words that print it."""


def permissions(page: Composer) -> None:
    """Draws one to four such fields and asks for some of them."""
    rng = page.rng
    labels = rng.sample(list(RULES), rng.randint(1, 4))
    chosen = {label: rng.choice(("yes", "no")) for label in labels}
    entries = [FormEntry(label, rng.choice(SAID[said])) for label, said in chosen.items()]
    first = len(page.canvas.fields)
    rng.choice((blocks.inline, blocks.ledger, blocks.together, blocks.grid))(page, entries)
    for field in page.canvas.fields[first:]:
        if field.value:
            text, said = RULES[field.label], chosen[field.label]
            asked = answered(
                text, field.value, field.label_spans, "yes_no", said=said, label=field.label
            )
            page.canvas.questions.append(asked)
