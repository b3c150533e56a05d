"""The public surface: every name of `__all__` exists and is documented."""

from __future__ import annotations

import inspect

import pytest

import pinpoint_edge
from pinpoint_edge import errors

VALUES = {"Box", "Corners"}  # aliases of plain tuples


def test_all_is_sorted_and_whole():
    names = pinpoint_edge.__all__
    assert names == sorted(names)
    assert len(names) == len(set(names))
    offered = {name for name in vars(pinpoint_edge) if inspect.isclass(vars(pinpoint_edge)[name])}
    assert offered | set(pinpoint_edge._HOMES) == set(names)


def test_every_error_is_public():
    tree = {
        name
        for name, value in vars(errors).items()
        if inspect.isclass(value) and issubclass(value, errors.PinPointError)
    }
    assert tree <= set(pinpoint_edge.__all__)


def test_codes_and_exit_codes_are_unique():
    kinds = [
        value
        for value in vars(errors).values()
        if inspect.isclass(value) and issubclass(value, errors.PinPointError)
    ]
    for attribute in ("code", "exit_code"):
        values = [getattr(kind, attribute) for kind in kinds]
        assert len(values) == len(set(values)), attribute


@pytest.mark.parametrize("name", sorted(set(pinpoint_edge.__all__) - VALUES))
def test_every_public_name_is_documented(name):
    value = getattr(pinpoint_edge, name)
    assert inspect.getdoc(value), name
    if inspect.isclass(value):
        undocumented = [
            member
            for member, held in vars(value).items()
            if not member.startswith("_")
            and (inspect.isfunction(held) or isinstance(held, property | classmethod))
            and not inspect.getdoc(getattr(value, member))
        ]
        assert undocumented == []


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'Reader'"):
        _ = pinpoint_edge.Reader
