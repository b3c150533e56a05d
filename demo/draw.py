"""Draw the demo questions: two of each of a few dev documents, by seed. Run once, then frozen.

    python demo/draw.py --sroie DIR --fcc DIR --seed 0

Writes documents/ and questions.jsonl beside this file. Both sets may be shipped: SROIE is
CC BY 4.0, the broadcast filings are public records (see NOTICE).
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
from pathlib import Path

from pinpoint_data.splits import dev_images

HERE = Path(__file__).parent
DOCUMENTS = {"sroie": 3, "fcc_adbuy": 2}
QUESTIONS = 2


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sroie", type=Path, required=True)
    parser.add_argument("--fcc", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    rng = random.Random(given.seed)
    (HERE / "documents").mkdir(exist_ok=True)
    lines = []
    for name, folder in (("sroie", given.sroie), ("fcc_adbuy", given.fcc)):
        asked: dict[str, list[dict[str, object]]] = {}
        for line in (folder / "qa.jsonl").read_text().splitlines():
            record = json.loads(line)
            if Path(record["image"]).name in dev_images()[name]:
                asked.setdefault(record["image"], []).append(record)
        enough = sorted(image for image, records in asked.items() if len(records) >= QUESTIONS)
        for image in rng.sample(enough, DOCUMENTS[name]):
            target = f"documents/{name}-{Path(image).name}"
            shutil.copyfile(folder / image, HERE / target)
            for record in rng.sample(asked[image], QUESTIONS):
                lines.append(json.dumps({**record, "image": target}, ensure_ascii=False) + "\n")
    (HERE / "questions.jsonl").write_text("".join(lines))
    print(f"{len(lines)} questions on {sum(DOCUMENTS.values())} documents")


if __name__ == "__main__":
    main()
