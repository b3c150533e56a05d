"""Forms and invoices in other languages, asked for in their language or in English."""

from random import Random

from pinpoint_data.generator.composer import Composer, FormEntry
from pinpoint_data.generator.layouts.forms import blocks, strips
from pinpoint_data.generator.page_builder import PageCanvas, answered, boxes
from pinpoint_data.generator.synthetic_page import SyntheticQuestion
from pinpoint_data.generator.text.languages import LOCALES, TERMS, TITLES, Term, Translator

BLOCKS = (
    blocks.inline,
    blocks.inline,
    blocks.together,
    blocks.grid,
    blocks.above,
    blocks.ledger,
    blocks.bars,
    strips.header_strip,
)
UNFILLED = 0.08
ABSENT_SHARE = 0.15
MOST_QUESTIONS = 16


def draw(rng: Random) -> PageCanvas:
    """A form of five to thirty fields in one of five languages; one label for each term."""
    width = rng.randint(700, 1300)
    styles = ("sans sans serif narrow mono", "mono type sans serif")
    size = (width, width * rng.choice((1.294, 1.414, 1.0)))
    page = Composer(
        rng, size, width / rng.uniform(44, 68), styles, width * rng.uniform(0.04, 0.12), 40.0
    )
    code = rng.choice(list(LOCALES))
    make = Translator(rng, code)
    page.write(str(make.term_value("company")), page.theme.bold)
    page.write("\n".join(make.term_value("address").splitlines()), page.theme.small)
    page.y += 10
    page.write(rng.choice(TITLES[code]), page.theme.title, rng.choice("lm"), "title")
    page.y += 10
    terms = rng.sample(TERMS[code], rng.randint(5, 30))
    printed = dict[str, Term]()
    while terms and page.bottom - page.y > page.theme.label.size * 6:
        count = rng.randint(1, 6)
        part, terms = terms[:count], terms[count:]
        entries = [_entry(make, term, printed) for term in part]
        rng.choice(BLOCKS)(page, [entry for entry in entries if entry is not None])
        page.y += rng.randint(4, 24)
    _ask(page, make, printed)
    return page.canvas


def _entry(make: Translator, term: Term, printed: dict[str, Term]) -> FormEntry | None:
    """A field under a label that no other term of the page has, else None."""
    label = make.rng.choice(term.labels)
    label = label.upper() if make.upper_labels else label
    if label in printed or term in printed.values():
        return None
    printed[label] = term
    value = "" if make.rng.random() < UNFILLED else make.term_value(term.kind)
    return FormEntry(label, value, term.kind)


def _ask(page: Composer, make: Translator, printed: dict[str, Term]) -> None:
    """Turns the page's fields into questions, and asks for some terms that it lacks."""
    canvas, rng = page.canvas, page.rng
    fields, canvas.fields = canvas.fields, []
    for field in rng.sample(fields, min(len(fields), MOST_QUESTIONS)):
        text = make.ask(printed[field.label], field.label)
        if field.text:
            asked = answered(text, field.value, field.label_spans, "label", label=field.label)
        else:
            support = boxes(field.label_spans)
            asked = SyntheticQuestion(text, [], [], support, "empty", field.label)
        canvas.questions.append(asked)
    held = {word for term in printed.values() for word in term.english.lower().split()}
    for term in rng.sample(TERMS[make.code], 20):
        far = not held & set(term.english.lower().split())
        if far and rng.random() < ABSENT_SHARE:
            text = make.ask(term, rng.choice(term.labels))
            canvas.questions.append(SyntheticQuestion(text, [], [], [], "absent", term.english))
