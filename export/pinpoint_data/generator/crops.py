"""Single text lines for training the recogniser and the glance encoder."""

from collections.abc import Iterator
from itertools import count
from random import Random

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from pinpoint_data.generator import degrade
from pinpoint_data.generator.fonts import Font, load, pick
from pinpoint_data.generator.layouts.business import receipt
from pinpoint_data.generator.text import labels
from pinpoint_data.generator.text.vocabulary import Maker

Crop = tuple[NDArray[np.uint8], str]

_KINDS = (
    *("name", "company", "date", "time", "money", "id", "address", "phone", "email", "integer"),
    *("phrase", "phrase", "phrase", "percent", "measure", "sentence"),
)
_SIGNS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789012345678901234567890"
_MARKS = "$%#&*()-_=+[]/\\:;,.'\"!?<>@"
_ACCENTED = "éèêàâçñöüäßóíáúøåÉÖÜÄÑ€£°§"
# Accented forms of a letter; those that most fonts have come more often.
_FORMS = {
    "a": "áàâäãååàáāă", "c": "ççćč", "d": "ď", "e": "éèêëéèēě", "g": "ğ", "i": "íìîïí",
    "l": "ł", "n": "ññńň", "o": "óòôöõøöőō", "r": "ř", "s": "šśş", "t": "ť", "u": "úùûüüůű",
    "y": "ýÿ", "z": "žźż",
}  # fmt: skip


def _accented(rng: Random, text: str) -> str:
    """`text` as if it were of a language with accents, a third of its letters changed."""

    def form(sign: str) -> str:
        forms = _FORMS.get(sign.lower(), "") if rng.random() < 0.3 else ""
        chosen = rng.choice(forms) if forms else sign
        upper = chosen.upper() if sign.isupper() else chosen
        return upper if len(upper) == 1 else sign

    return "".join(map(form, text))


def random_text(rng: Random, make: Maker) -> str:
    """A text line: a value, a label, both, part of a sentence, or characters without sense."""
    draw = rng.random()
    if draw < 0.42:
        text = make.value(rng.choice(_KINDS))
    elif draw < 0.62:
        text = rng.choice(labels.DOMAINS[rng.choice(list(labels.DOMAINS))])[0]
        text += rng.choice(("", "", ":", " :", "?"))
    elif draw < 0.76:
        label, kind = rng.choice(labels.DOMAINS[rng.choice(list(labels.DOMAINS))])
        text = f"{label}{rng.choice((': ', ':', ' ', ' - '))}{make.value(kind)}"
    elif draw < 0.84:
        text = make.sentence(5, 14)
    elif draw < 0.9:
        pool = receipt.FOOTERS + receipt.TITLES + receipt.LABELS["total"] + receipt.LABELS["number"]
        text = rng.choice((rng.choice(pool), make.item(), make.malaysian_company()))
    else:
        signs = _SIGNS + (_MARKS if rng.random() < 0.6 else "")
        signs += _ACCENTED if rng.random() < 0.25 else ""
        words = range(rng.randint(1, 4))
        text = " ".join("".join(rng.choices(signs, k=rng.randint(1, 9))) for _ in words)
    if rng.random() < 0.12:
        text = text.upper()
    if draw < 0.84 and rng.random() < 0.12:
        text = _accented(rng, text)
    return text[:80].strip() or "0"


def _font(rng: Random, text: str) -> Font:
    # Hand-like faces often lack accented letters; a box in their place would be a wrong lesson.
    plain = text.isascii()
    face = pick(
        rng,
        "sans sans serif mono type narrow hand hand script" if plain else "sans serif",
        bold=rng.random() < 0.25,
        italic=rng.random() < 0.12,
    )
    return load(face, round(10 * 5 ** rng.random()))


def draw_crop(rng: Random, text: str) -> Crop:
    """`text` on paper with rules and specks of its neighbours, spoiled: u8 (h, w, 3).

    The text comes back as it can be read, in capitals where the font has nothing else.
    """
    font = _font(rng, text)
    text = font.as_drawn(text)
    left, top, right, bottom = font.image_font.getbbox(text, anchor="ls")
    tight = max(bottom - top, font.size * 0.4)
    pads = [tight * rng.uniform(0.02, 0.35) for _ in range(4)]
    width = max(6, round(right - left + pads[0] + pads[2]))
    height = max(8, round(tight + pads[1] + pads[3]))
    dark = rng.random() < 0.04
    paper = (20, 20, 20) if dark else rng.choice(((255, 255, 255),) * 3 + ((235, 235, 228),))
    grey = 245 if dark else rng.choice((0, 0, 0, 30, 60, 90))
    ink = rng.choice(((grey, grey, grey),) * 4 + ((20, 30, 120),)) if not dark else (grey,) * 3
    image = Image.new("RGB", (width, height), paper)
    draw = ImageDraw.Draw(image)
    origin = (pads[0] - left, pads[1] - top)
    draw.text(origin, text, fill=ink, font=font.image_font, anchor="ls")
    if rng.random() < 0.15:
        y = height - 1 - rng.randint(0, int(pads[3] / 2))
        draw.line((0, y, width, y), fill=ink, width=1)
    if rng.random() < 0.05:
        x = rng.choice((1, width - 2))
        draw.line((x, 0, x, height), fill=ink, width=1)
    if rng.random() < 0.3:
        image = degrade.slanted(image, rng.gauss(0, 0.008), paper)
    return degrade.spoil(rng, image, letter=float(tight)), text


def line_crops(seed: int | str) -> Iterator[Crop]:
    """Crops and their texts without end; crop number i depends on `seed` and i alone."""
    for index in count():
        rng = Random(f"{seed}:line:{index}")
        text = random_text(rng, Maker(rng))
        yield draw_crop(rng, text)
