"""Texts of sets that only measure, known again by hashes: no training list or page may hold one.

A text counts as the same when its letters and digits are, whatever their case and what is
between the words. The committed file holds a salted, shortened hash of each label, answer, line
and question wording of those sets, so nobody needs the sets to keep lists clean, and the file does
not publish them.

`python -m pinpoint_data.measure_only SET... -o FILE` makes that file, and with `--add` adds to it.
A SET is a folder with `qa.jsonl`, or a file of transcribed lines as
`reference_lines.transcribed_lines` reads it.
"""

from __future__ import annotations

import hashlib
import json
import re
import secrets
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import click

from pinpoint_data.generator.synthetic_page import SynthPage
from pinpoint_data.reference_lines import transcribed_lines
from pinpoint_edge.errors import DataError
from pinpoint_edge.evaluation.annotations import load_questions

FILE = Path(__file__).parent / "splits/measure_only.json"
DIGEST_BYTES = 6
_WORD = re.compile(r"[^\W_]+")
_QUOTED = re.compile(r'["“](.*)["”]')
_SLOT = re.compile(r"\{[^{}]*\}")


def normalise(text: str) -> str:
    """Casefolded letters and digits with one space between words."""
    return " ".join(_WORD.findall(text.casefold()))


def is_phrase(text: str) -> bool:
    """Whether a text has two words or more that hold a letter: numbers and dates meet by chance."""
    return sum(any(map(str.isalpha, word)) for word in normalise(text).split()) > 1


def spellings(text: str) -> Iterator[str]:
    """Normalised forms in which a text counts: whole, and a wording up to its first slot."""
    yield normalise(_SLOT.sub(" ", text))
    if "{" in text:
        yield normalise(text.split("{")[0])


class MeasureOnly:
    """The hashes of a file made by this module.

    Raises DataError when the file is missing or broken.
    """

    def __init__(self, file: Path = FILE) -> None:
        try:
            held = json.loads(file.read_text(encoding="utf-8"))
            self.salt = bytes.fromhex(held["salt"])
            self.digests = frozenset(held["digests"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise DataError(
                f"{file} cannot be read ({error!r}): restore it, or make it anew with "
                "python -m pinpoint_data.measure_only SET... -o FILE."
            ) from error

    def holds(self, text: str) -> bool:
        """Whether a text is in a set that only measures."""
        return _digest(self.salt, normalise(text)) in self.digests

    def phrases(self, texts: Iterable[str]) -> list[str]:
        """Return the texts of two words or more that are in a set that only measures.

        The part of a question wording before its first slot, "Who is the {label}", counts too.
        """
        found = []
        for text in dict.fromkeys(texts):
            if any(is_phrase(form) and self.holds(form) for form in spellings(text)):
                found.append(text)
        return found


def shared_by(page: SynthPage) -> list[str]:
    """Return the lines, labels and questions of a generated page that such a set holds.

    Pages of real documents are not checked: what is printed on them is what people use.
    """
    asked = [text for q in page.questions for text in (q.question, q.label, *q.answers)]
    return committed().phrases([*(line.text for line in page.lines), *asked])


@cache
def committed() -> MeasureOnly:
    """The hashes of the sets that the project measures with."""
    return MeasureOnly()


def texts_of(source: Path) -> Iterator[str]:
    """Yield labels, answers, wordings and lines of a folder with qa.jsonl or a file of lines.

    Raises DataError for broken ones.
    """
    if source.is_file():
        for lines in transcribed_lines(source).values():
            for line in lines:
                # A line may hold a label and its value. What it holds of single words is everyday.
                yield from filter(is_phrase, (line.text, *line.text.split(":")))
        return
    for item in load_questions(source / "qa.jsonl"):
        yield from item.answers
        label = _QUOTED.search(item.question)
        yield label[1] if label else item.question
        if label:
            yield item.question[: label.start()]


def _digest(salt: bytes, normalised: str) -> str:
    return hashlib.sha256(salt + normalised.encode()).digest()[:DIGEST_BYTES].hex()


@click.command()
@click.argument("sources", metavar="SET...", nargs=-1, required=True, type=Path)
@click.option("--add", is_flag=True, help="Keep the salt and the texts that the file has.")
@click.option("-o", "--out", required=True, type=Path, help="File to write.")
def main(sources: tuple[Path, ...], add: bool, out: Path) -> None:
    """Write the hashes of the texts of sets that only measure."""
    held = MeasureOnly(out) if add else None
    salt = held.salt if held else secrets.token_bytes(16)
    forms = {normalise(text) for source in sources for text in texts_of(source)} - {""}
    digests = sorted({_digest(salt, form) for form in forms} | (held.digests if held else set()))
    part = out.with_name(out.name + ".part")
    part.write_text(json.dumps({"salt": salt.hex(), "digests": digests}, indent=0) + "\n")
    part.replace(out)
    click.echo(f"{len(digests)} texts")


if __name__ == "__main__":
    main()
