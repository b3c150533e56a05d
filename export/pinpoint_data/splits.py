"""Which pages are kept from training: `pinpoint-distill split` writes it, every training reads it.

Documents of one company (receipts) or one station (broadcast filings) stay on one side, so that a
dev figure tells of layouts never seen. The lists are part of the package, with their digests; a
training refuses to start when a list does not match.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from functools import cache
from pathlib import Path

import click
import numpy as np

from pinpoint_edge.errors import DataError
from pinpoint_train.corpus.corpus import json_lines, shards

FOLDER = Path(__file__).parent / "splits"
DEV_SHARE = 0.2
MEASURED_ONLY = ("funsd",)  # non-commercial: never trained on
TURNED = "-turned"  # ends the name of a set whose pages were read turned: what is kept stays so
PAGE_NUMBER = re.compile(r"#\d+$")  # of a page inside a PDF or TIFF, which stays on one side

DOCUMENT_PAGE = re.compile(r"_p\d+$")  # of a page that was stored as a picture


@cache
def dev_images(folder: Path = FOLDER) -> dict[str, frozenset[str]]:
    """Image names kept from training, by set; DataError when a list was changed or is missing."""
    result = {}
    try:
        for name, digest in json.loads((folder / "digests.json").read_text()).items():
            data = (folder / f"{name}_dev.txt").read_bytes()
            if hashlib.sha256(data).hexdigest() != digest:
                raise DataError(
                    f"{folder / name}_dev.txt does not match its digest: "
                    "restore it, or dev figures are void."
                )
            listed = data.decode().split("\n")
            result[name] = frozenset(Path(line).name for line in listed if line)
    except (OSError, ValueError, AttributeError) as error:
        raise DataError(f"The dev lists in {folder} cannot be read ({error}): restore them.") from (
            error
        )
    return result


def is_dev(page_id: str) -> bool:
    """Whether a page ("set/name", or "set/name#3" in a document) is kept from training."""
    name, _, page = page_id.partition("/")
    name = name.removesuffix(TURNED)
    if name.startswith(MEASURED_ONLY):
        return True
    listed = dev_images().get(name)
    if listed is not None:
        return page in listed or PAGE_NUMBER.sub("", page) in listed
    document = PAGE_NUMBER.sub("", f"{name}/{page}")
    return int(hashlib.sha256(document.encode()).hexdigest(), 16) % 25 == 0


def is_kept(page_id: str) -> bool:
    """Whether a page, or another of its document that a list names in any set, is kept.

    A whole PDF is known by its stem there: page 3 of "scan.pdf" belongs to "scan_p1.jpg".
    """
    stem = PAGE_NUMBER.sub("", page_id).rpartition("/")[2].rpartition(".")[0]
    return is_dev(page_id) or DOCUMENT_PAGE.sub("", stem) in _kept_documents()


@cache
def _kept_documents() -> frozenset[str]:
    names = (name for listed in dev_images().values() for name in listed)
    return frozenset(
        DOCUMENT_PAGE.sub("", stem)
        for stem in (name.rpartition(".")[0] for name in names)
        if DOCUMENT_PAGE.search(stem)
    )


def station(texts: list[str]) -> str:
    """The call sign (K or W and 2-3 letters) that stands most often on a page, or ""."""
    signs = Counter(
        m for text in texts for m in re.findall(r"\b[KW][A-Z]{2,3}(?=\b|-TV|-FM|-AM)", text)
    )
    return signs.most_common(1)[0][0] if signs else ""


def group_of(page: dict[str, object]) -> str:
    """What must not be divided: company of a receipt, station of a filing, or document."""
    questions: list[dict[str, object]] = page["questions"]  # type: ignore[assignment]
    for question in questions:
        if question.get("field") == "company" and question["answers"]:
            answers: list[str] = question["answers"]  # type: ignore[assignment]
            return re.sub(r"\W+", "", answers[0].casefold())
    texts = [str(region["text"]) for region in page["regions"]]  # type: ignore[attr-defined]
    document = re.sub(r"_p\d+\.\w+$", "", PAGE_NUMBER.sub("", str(page["id"])))
    return station(texts) or document


@click.command(
    "split", epilog="Example: pinpoint-distill split --corpus cache --set sroie --set fcc_adbuy"
)
@click.option(
    "--corpus", required=True, type=click.Path(exists=True, file_okay=False, path_type=Path)
)
@click.option("--set", "names", multiple=True, required=True)
@click.option("--seed", type=int, default=0, show_default=True)
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), default=FOLDER)
def main(corpus: Path, names: tuple[str, ...], seed: int, out: Path) -> None:
    """Choose the dev documents of annotated sets, by company or station, and write the lists."""
    out.mkdir(parents=True, exist_ok=True)
    known = out / "digests.json"
    # The lists of other sets stay in force.
    digests: dict[str, str] = json.loads(known.read_text()) if known.exists() else {}
    for name in names:
        groups: dict[str, set[str]] = {}
        parent: dict[str, str] = {}
        for shard in shards(corpus, [name]):
            for page in json_lines(shard):
                image = PAGE_NUMBER.sub("", str(page["id"]).split("/", 1)[1])
                # Pages of one document share a group even where only one of them names the station.
                document = re.sub(r"_p\d+\.\w+$", "", image)
                group = parent.setdefault(document, group_of(page))
                groups.setdefault(group, set()).add(image)
        order = sorted(groups)
        np.random.default_rng(seed).shuffle(order)
        total, chosen = sum(map(len, groups.values())), set[str]()
        for group in order:
            if len(chosen) + len(groups[group]) <= DEV_SHARE * total:
                chosen |= groups[group]
        data = "".join(f"images/{image}\n" for image in sorted(chosen)).encode()
        (out / f"{name}_dev.txt").write_bytes(data)
        digests[name] = hashlib.sha256(data).hexdigest()
        click.echo(f"{name}: {len(groups)} groups, {total} pages, {len(chosen)} kept for dev")
    known.write_text(json.dumps(digests, indent=2) + "\n")
