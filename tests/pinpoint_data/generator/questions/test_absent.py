"""Questions without an answer: never about what the page prints, often near to it."""

from random import Random

from pinpoint_data.generator.page_builder import FormField, TextSpan
from pinpoint_data.generator.questions import absent
from pinpoint_data.generator.text.labels import normalise


def _labels(printed: list[str], seeds: int = 200) -> list[str]:
    span = TextSpan("x", (0, 0, 9, 9))
    fields = [FormField(label, [span], "label", [span], kind="date") for label in printed]
    page = f" {normalise(' '.join(printed))} "
    return [absent.ask(Random(seed), "form", page, fields).label for seed in range(seeds)]


def test_an_absent_label_is_not_printed() -> None:
    printed = ["Date of Birth", "Order Date", "Patient Name"]
    asked = _labels(printed)
    assert not {normalise(label) for label in asked} & {normalise(label) for label in printed}


def test_most_absent_labels_share_a_word_with_a_printed_one() -> None:
    words = {"date", "of", "birth", "order", "patient", "name"}
    asked = [label for label in _labels(["Date of Birth", "Order Date", "Patient Name"]) if label]
    near = [label for label in asked if set(normalise(label).split()) & words]
    assert len(near) > 0.5 * len(asked)


def test_a_word_of_the_same_meaning_is_not_near() -> None:
    def near(label: str, printed: str) -> bool:
        own, page = set(normalise(label).split()), f" {normalise(printed)} "
        return absent._is_near(own, "name", set(page.split()), page)

    assert near("Patient Name", "Vendor Name")
    assert not near("Supplier Name", "Vendor Name")
    assert not near("Name", "Vendor Name")
    assert not near("Teacher", "Vendor Name")
