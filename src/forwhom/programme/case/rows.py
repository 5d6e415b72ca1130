"""A frozen sequence that grows at its end without being copied."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Generic, TypeVar, overload

T = TypeVar("T")


class Rows(Sequence[T], Generic[T]):
    """Rows in order, never changed; `plus` gives new rows and shares what came before.

    A tuple would be copied at each entry of the log, so that the time of a replay would grow with the square of its length.

    >>> one = Rows("a")
    >>> two, other = one.plus("b"), one.plus("c")
    >>> one, two, other
    (Rows('a'), Rows('a', 'b'), Rows('a', 'c'))
    >>> two == Rows("a", "b"), two[-1], len(one)
    (True, 'b', 1)
    """

    __slots__ = ("_kept", "_length")
    _kept: list[T]
    _length: int

    def __init__(self, *rows: T) -> None:
        self._kept = list(rows)
        self._length = len(rows)

    @classmethod
    def of(cls, rows: Iterable[T]) -> Rows[T]:
        """Rows from anything that can be gone through."""
        return cls(*rows)

    def plus(self, *more: T) -> Rows[T]:
        """These rows and more after them."""
        new: Rows[T] = Rows.__new__(Rows)
        # Only the longest view may grow in place: shorter ones would write over what another view shows.
        new._kept = self._kept if len(self._kept) == self._length else self._kept[: self._length]
        new._kept.extend(more)
        new._length = self._length + len(more)
        return new

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[T]:
        for i in range(self._length):
            yield self._kept[i]

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[T, ...]: ...
    def __getitem__(self, index: int | slice) -> T | tuple[T, ...]:
        if isinstance(index, slice):
            return tuple(self._kept[i] for i in range(*index.indices(self._length)))
        if not -self._length <= index < self._length:
            raise IndexError(index)
        return self._kept[index if index >= 0 else self._length + index]

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Rows)
            and len(self) == len(other)
            and all(a == b for a, b in zip(self, other, strict=True))
        )

    def __hash__(self) -> int:
        return hash(tuple(self))

    def __repr__(self) -> str:
        return f"Rows({', '.join(map(repr, self))})"
