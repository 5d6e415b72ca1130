"""Kinds of the chapter on how it works: which variable plays which part."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RoleRow:
    """A variable with its planned parts; `meets` says of each pair that meets in one model what that does."""

    variable: str
    label: str
    roles: tuple[str, ...]
    meets: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RolesDetail:
    """Every variable with more than one part."""

    rows: tuple[RoleRow, ...]
