"""Answers as values: dates, amounts, numbers, yes or no, phone numbers, IBANs and e-mail."""

from pinpoint_edge.values.typed import value_of
from pinpoint_edge.values.value import Value, ValueType

__all__ = ["Value", "ValueType", "value_of"]
