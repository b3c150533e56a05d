"""Address blocks beside or below each other under a heading each, without further labels."""

from pinpoint_data.generator.composer import Composer
from pinpoint_data.generator.page_builder import TextSpan, answered, wrap
from pinpoint_data.generator.text import labels as domains
from pinpoint_data.word_lists import words

BY_NAME = words("label_questions", "party_name")
BY_ADDRESS = words("label_questions", "party_address")


def address_blocks(page: Composer) -> None:
    """Two or three parties: a heading, a name, and lines of address; asked for each."""
    rng, theme, canvas = page.rng, page.theme, page.canvas
    parties = list(rng.choice(domains.ADDRESSEES))
    beside, frame = rng.random() < 0.75, rng.random() < 0.35
    width = page.width / len(parties) if beside else page.width
    step, top, low = round(theme.value.height * 1.25), page.y, page.y
    for number, party in enumerate(parties):
        left = page.left + (number * width if beside else 0)
        start = top if beside else page.y
        y = start + 4
        name = page.make.company() if rng.random() < 0.6 else page.make.name()
        lines = [name, *page.make.address()]
        lines = [part for line in lines for part in wrap(line, theme.value, width - 16)]
        bottom = y + theme.bold.height * 1.3 + step * len(lines) + 8
        if bottom > page.bottom:
            return
        tail = rng.choice(("", ":", ":"))
        heading = [canvas.text(left + 6, y, party + tail, theme.bold, theme.ink, "label")]
        below = y + round(theme.bold.height * 1.3)
        spans, y = page.value(left + 6, below, lines)
        if frame:
            canvas.frame((left, start, left + width - 8, bottom), theme.rule)
        names = len(wrap(name, theme.value, width - 16))
        _ask(page, party, heading, spans[:names], spans[names:])
        low = max(low, bottom)
        page.y = low if not beside else top
    page.y = low + rng.randint(4, 14)


def _ask(
    page: Composer,
    party: str,
    heading: list[TextSpan],
    name: list[TextSpan],
    address: list[TextSpan],
) -> None:
    for wordings, answer in ((BY_NAME, name), (BY_ADDRESS, address)):
        text = page.rng.choice(wordings).format(party=party, small=party.lower())
        page.canvas.questions.append(answered(text, answer, heading, "party", label=party))
