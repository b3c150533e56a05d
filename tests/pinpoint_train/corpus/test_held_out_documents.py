"""Choosing held-out documents: groups stay whole, and other lists in force."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from pinpoint_data.splits import dev_images
from pinpoint_edge.errors import DataError
from pinpoint_train.commands.split import command
from pinpoint_train.corpus.held_out_documents import group_of, station
from pinpoint_train.corpus.shards import read_shard, shards

from ..corpus_pages import annotated, corpus_page, write_shard


def receipts(folder: Path, name: str = "bills", companies: int = 12) -> None:
    """A set of receipts, three of each company, whose names were typed in several ways."""
    pages = []
    for number in range(3 * companies):
        company = f"Shop {chr(65 + number % companies)}"
        written = company.upper() if number < companies else f"{company}."
        record = corpus_page([[company], [f"Total {number}"]], f"{name}/scan {number}.jpg")
        pages.append((record, [annotated(record, "Who?", [written], company, field="company")]))
    half = len(pages) // 2
    write_shard(folder / f"{name}-00000.jsonl", pages[:half])
    write_shard(folder / f"{name}-00001.jsonl", pages[half:])


def split(corpus: Path, out: Path, *names: str) -> str:
    arguments = ["--corpus", str(corpus), "--out", str(out)]
    arguments += [word for name in names for word in ("--set", name)]
    return CliRunner().invoke(command, arguments, catch_exceptions=False).output


def test_groups_stay_whole_and_other_lists_in_force(tmp_path: Path) -> None:
    corpus, out = tmp_path / "corpus", tmp_path / "splits"
    receipts(corpus)
    receipts(corpus, "bills-old", companies=5)
    told = split(corpus, out, "bills")
    assert "12 groups, 36 pages, 6 kept" in told
    kept = dev_images(out)["bills"]
    companies: dict[str, list[bool]] = {}
    for path in shards(corpus, ["bills"]):
        for record in read_shard(path):
            name = record.id.split("/")[1]
            companies.setdefault(record.texts[record.layout.rows[0][0]], []).append(name in kept)
    assert len(companies) == 12
    assert all(all(sides) or not any(sides) for sides in companies.values())
    first = (out / "bills_dev.txt").read_bytes()
    split(corpus, out, "bills-old", "bills")
    assert (out / "bills_dev.txt").read_bytes() == first
    split(corpus, out, "bills-old")
    assert set(json.loads((out / "digests.json").read_text())) == {"bills", "bills-old"}
    with pytest.raises(DataError, match="holds no shard"):
        split(corpus, out, "invoices")


def test_pages_of_a_document_stay_together(tmp_path: Path) -> None:
    pages = []
    for number in range(40):
        document, place = divmod(number, 4)
        page = f"{document}_p{place}.jpg" if document < 5 else f"{document}.pdf#{place + 1}"
        # Only the first page of a filing names its station.
        text = f"W{'ABCDEFGHIJ'[document]}XY-TV" if place == 0 else "a table"
        pages.append((corpus_page([[text]], f"filings/{page}"), []))
    write_shard(tmp_path / "filings-00000.jsonl", pages)
    split(tmp_path, tmp_path, "filings")
    kept = dev_images(tmp_path)["filings"]
    assert kept
    assert any(image.endswith(".jpg") for image in kept)
    whole = {f"{n}_p{place}.jpg" for n in range(5) for place in range(4) if f"{n}_p0.jpg" in kept}
    assert kept == whole | {f"{n}.pdf" for n in range(5, 10) if f"{n}.pdf" in kept}


def test_a_group_is_a_company_a_station_or_a_document() -> None:
    page = {
        "id": "bills/a_p3.jpg",
        "questions": [{"field": "company", "answers": ["Tan Woon-Yann"]}],
        "regions": [{"text": "KABC-TV"}],
    }
    assert group_of(page) == "tanwoonyann"
    assert group_of({**page, "questions": []}) == "KABC"
    assert group_of({**page, "questions": [], "regions": []}) == "bills/a"
    assert station(["WXYZ-FM and WXYZ", "KABC", "Kabc", "AKABC"]) == "WXYZ"
    assert station(["nothing here"]) == ""
