"""What a concept of the files is beside words to find."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Concept:
    """A concept by its id; `says` is what people call it. `states` is the kind of fact that it is a value
    of, empty for none; `acts` has the agencies, by id, that act where the text speaks of it and names
    none."""

    id: str
    states: str = ""
    acts: tuple[str, ...] = ()
    says: str = ""
