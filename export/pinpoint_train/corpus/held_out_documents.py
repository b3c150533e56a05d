"""Choose the documents of annotated sets that are held out for measuring.

Documents of one company (receipts) or one station (broadcast filings) stay on one side, so that a
dev figure is one of layouts never seen.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from pinpoint_data.splits import PAGE_NUMBER
from pinpoint_edge.storage.atomic import replacing, write_json
from pinpoint_train.corpus.shards import json_lines, shards

DEV_SHARE = 0.2


def write_lists(corpus: Path, names: Sequence[str], seed: int, out: Path) -> Iterator[str]:
    """Write the list of each set and its digest; yields a line about each."""
    out.mkdir(parents=True, exist_ok=True)
    known = out / "digests.json"
    # The lists of other sets stay in force.
    digests: dict[str, str] = json.loads(known.read_text()) if known.exists() else {}
    for name in names:
        groups = groups_of(corpus, name)
        chosen = choose(groups, seed)
        data = "".join(f"images/{image}\n" for image in sorted(chosen)).encode()
        with replacing(out / f"{name}_dev.txt") as file:
            file.write(data)
        digests[name] = hashlib.sha256(data).hexdigest()
        pages = sum(map(len, groups.values()))
        yield f"{name}: {len(groups)} groups, {pages} pages, {len(chosen)} kept for dev"
    write_json(known, digests)


def groups_of(corpus: Path, name: str) -> dict[str, set[str]]:
    """Images of a prepared set by the group that must not be divided."""
    groups: dict[str, set[str]] = {}
    parent: dict[str, str] = {}
    for shard in shards(corpus, [name]):
        for page in json_lines(shard):
            image = PAGE_NUMBER.sub("", str(page["id"]).split("/", 1)[1])
            # Pages of one document share a group even where only one of them names the station.
            document = re.sub(r"_p\d+\.\w+$", "", image)
            group = parent.setdefault(document, group_of(page))
            groups.setdefault(group, set()).add(image)
    return groups


def choose(groups: dict[str, set[str]], seed: int) -> set[str]:
    """Images of groups in random order, as long as they are at most DEV_SHARE of all."""
    order = sorted(groups)
    np.random.default_rng(seed).shuffle(order)
    total, chosen = sum(map(len, groups.values())), set[str]()
    for group in order:
        if len(chosen) + len(groups[group]) <= DEV_SHARE * total:
            chosen |= groups[group]
    return chosen


def station(texts: list[str]) -> str:
    """The call sign (K or W and 2-3 letters) that a page has most often, or ""."""
    signs = Counter(
        m for text in texts for m in re.findall(r"\b[KW][A-Z]{2,3}(?=\b|-TV|-FM|-AM)", text)
    )
    return signs.most_common(1)[0][0] if signs else ""


def group_of(page: dict[str, object]) -> str:
    """The group of a page: company of a receipt, station of a filing, or document."""
    questions: list[dict[str, object]] = page["questions"]  # type: ignore[assignment]
    for question in questions:
        if question.get("field") == "company" and question["answers"]:
            answers: list[str] = question["answers"]  # type: ignore[assignment]
            return re.sub(r"\W+", "", answers[0].casefold())
    texts = [str(region["text"]) for region in page["regions"]]  # type: ignore[attr-defined]
    document = re.sub(r"_p\d+\.\w+$", "", PAGE_NUMBER.sub("", str(page["id"])))
    return station(texts) or document
