"""What broadcast orders and invoices print: labels of the header, headings of the columns."""

from pinpoint_data.word_lists import groups, words

LABELS = groups("broadcast", "labels")
"""Role → the labels that print it."""
COLUMNS = groups("broadcast", "columns")
"""Column → the headings that print it."""
RIGHT = {"rate", "amount", "spots", "week"}
"""Columns whose numbers are flush right."""
PROGRAMS = words("broadcast", "programs")
