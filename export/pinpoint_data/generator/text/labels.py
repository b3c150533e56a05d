"""FormField labels by domain and by the kind of value that fills them."""

import re

from pinpoint_data.word_lists import groups, lists, names, pairs

DOMAINS: dict[str, list[tuple[str, str]]] = {
    domain: [
        (label, kind)
        for kind, labels in groups("labels", "domains", domain).items()
        for label in labels
    ]
    for domain in names("labels", "domains")
}
"""Domain → (label, value kind) pairs; the kinds are those of `vocabulary.Maker.value`."""

CHECKS = tuple(groups("labels", "checks").items())
"""(label, options) of groups to tick."""

PARTIES = pairs("labels", "parties")
"""Headings of two sections that repeat the same labels."""

ADDRESSEES = lists("labels", "addressees")
"""Headings of address blocks that stand together."""


def normalise(text: str) -> str:
    """Lower case letters and digits with single spaces between words."""
    return " ".join(re.findall(r"[a-z0-9]+", text.lower()))
