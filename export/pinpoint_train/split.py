"""`pinpoint-train split`: choose the dev documents of annotated sets.

Documents of one company (receipts) or one station (broadcast filings) stay on one side.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from pathlib import Path

import click
import numpy as np

from pinpoint_data.splits import FOLDER, PAGE_NUMBER
from pinpoint_train.corpus.corpus import json_lines, shards

DEV_SHARE = 0.2


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
