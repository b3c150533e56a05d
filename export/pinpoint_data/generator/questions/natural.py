"""Questions as people ask them: the label in their own words, by its shape and its value's kind."""

import re
from random import Random

from pinpoint_data.generator.text.labels import normalise
from pinpoint_data.word_lists import groups, words

ANY = words("natural_questions", "any")
BY_KIND = groups("natural_questions", "by_kind")
SHAPED = groups("natural_questions", "shaped")
SPOKEN_OF = groups("natural_questions", "spoken_of")
"""Label in small letters → questions that need not name it."""
OF_DOCUMENT = groups("natural_questions", "of_document")
OF_CELL = groups("natural_questions", "of_cell")

_WHOLE = {
    "no": "number",
    "nos": "numbers",
    "qty": "quantity",
    "acct": "account",
    "ref": "reference",
    "tel": "telephone number",
    "dept": "department",
    "dob": "date of birth",
    "attn": "contact",
    "po": "purchase order",
    "b/l": "bill of lading",
    "re": "subject",
    "mgr": "manager",
    "ext": "extension",
}
"""Short forms of labels and what people say for them."""
_SHAPES = (
    ("done_by", r"(\w+ed) by", ("name",)),
    ("done_on", r"(\w+ed) on|date (\w+ed)", ("date",)),
    ("date_of", r"dates? of (?!birth\b)(?:last )?(.+)", ("date",)),
    ("number_of", r"(?:number|no\.?|quantity) of (.+)", ("integer",)),
    ("name_of", r"name of (.+)|(.+) name", ("name", "company")),
    ("address_of", r"address of (.+)|(hospital|company|property|site) address", ("address",)),
    ("type_of", r"(?:type|kind) of (.+)|(.+) type", ("phrase",)),
    ("reason_for", r"reason for (.+)", ("phrase", "sentence")),
    ("place_of", r"(?:place|port) of (.+)", ("phrase",)),
    ("total_of", r"total (.+)", ("money", "integer", "measure")),
    ("number_for", r"(.+) number", ("id",)),
    ("rate_of", r"(.+) rate", ("percent",)),
)  # fmt: skip


def spoken(label: str) -> str:
    """A label as people say it: short forms in full, small letters, no number before it."""
    said = list[str]()
    label = re.sub(r"^\d+[a-z]?[.)]?\s+", "", label)
    shouted = " " in label and label == label.upper()
    for word in label.replace("#", " no. ").strip(" :.?*").split():
        bare = word.strip(",:()").replace(".", "").lower()
        short = word.isupper() and 1 < len(word.strip(".")) < 5 and not shouted
        said.append(_WHOLE.get(bare, word.strip(":") if short else word.strip(":").lower()))
    return " ".join(said).rstrip(".")


def ask(rng: Random, label: str, kind: str, *, named: bool = False) -> str:
    """A question for the value of a field, of a kind of `Maker.value` ("" when unknown).

    A `named` one holds words of the label.
    """
    said = spoken(label)
    key = normalise(label)
    pools = [[text.format(label=said) for text in (*BY_KIND.get(kind, ()), *ANY)]]
    if key in SPOKEN_OF and not named:
        pools += [list(SPOKEN_OF[key])] * 2
    shaped = _shaped(said, kind)
    if shaped:
        pools += [shaped] * 2
    return rng.choice(rng.choice(pools))


def ask_cell(rng: Random, label: str, section: str, kind: str) -> str:
    """A question for the cell of the column `label` in the row `section`."""
    wordings = OF_CELL.get(kind, OF_CELL["id"])
    return rng.choice(wordings).format(label=spoken(label), section=section)


def _shaped(said: str, kind: str) -> list[str]:
    for name, pattern, kinds in _SHAPES:
        match = re.fullmatch(pattern, said) if kind in kinds else None
        if match:
            part = next(group for group in match.groups() if group)
            return [text.format(x=part) for text in SHAPED[name]]
    return []
