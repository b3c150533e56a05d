"""Groups of numbers that grow together: a union-find whose groups are named by their least one."""

from __future__ import annotations


class DisjointSets:
    """The numbers below `count`, each a group of its own at first (Tarjan, JACM 1975)."""

    def __init__(self, count: int) -> None:
        self._above = list(range(count))

    def least(self, number: int) -> int:
        """Return the least number of a number's group."""
        above = self._above
        while above[number] != number:
            above[number] = above[above[number]]
            number = above[number]
        return number

    def join(self, number: int, other: int) -> None:
        """Make one group of those of two numbers."""
        one, two = self.least(number), self.least(other)
        self._above[max(one, two)] = min(one, two)

    def groups(self) -> list[list[int]]:
        """Return the groups by their least numbers, each ascending."""
        found: dict[int, list[int]] = {}
        for number in range(len(self._above)):
            found.setdefault(self.least(number), []).append(number)
        return list(found.values())
