"""Writes the vectors of a build: those that the build before has too are left in its files where that pays."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Generic

import numpy as np
from numpy.typing import NDArray

from indexer.texts import Strings, Text
from search.artefact.patched import StoredVectors, base_and_places, own_file, places_file
from search.artefact.writing import BuildWriter
from search.indexes.base import Nearest
from search.vectors import Rows, Vectors

BATCH_ROWS = 5_000
MAX_OWN_SHARE = 0.2
"""Of a build's vectors outside of the base, and of the base's places unused; above it all is written anew."""

Save = Callable[[str, int, Iterator[Vectors]], None]
"""Writes so many vectors to a file of this name."""


@dataclass(frozen=True, slots=True)
class VectorSource(Generic[Text]):
    """Where the vectors of `strings` come from."""

    strings: Strings[Text]
    before: StoredVectors | Nearest | None
    """The vectors of the build before."""
    vectors: Callable[[Sequence[Text]], Vectors]
    """What makes the vectors of the others."""

    def batches(self, rows: Rows) -> Iterator[Vectors]:
        """The vectors of `rows`, in bounded memory."""
        taken_over = self.strings.taken_over
        fresh_number = np.cumsum(taken_over < 0) - 1
        for start in range(0, len(rows), BATCH_ROWS):
            batch = rows[start : start + BATCH_ROWS]
            is_fresh = taken_over[batch] < 0
            texts = [self.strings.fresh[number] for number in fresh_number[batch[is_fresh]]]
            if is_fresh.all():
                yield self.vectors(texts)
                continue
            known = self._of_before(taken_over[batch[~is_fresh]])
            vectors = np.empty((len(batch), known.shape[1]), dtype=np.float32)
            vectors[~is_fresh] = known
            if texts:
                vectors[is_fresh] = self.vectors(texts)
            yield vectors

    def _of_before(self, rows: Rows) -> Vectors:
        if self.before is None:
            raise ValueError("there is no build before to take a vector over from")
        return np.asarray(self.before[rows]) if hasattr(self.before, "__getitem__") else self.before.vectors(rows)


def write_stored(writer: BuildWriter, name: str, source: VectorSource[Text], before: Path | None, save: Save) -> Rows:
    """Write the vectors of `source` as the file `name` by `save`, or as a patch of the one in the folder `before`.

    Gives the rows whose vectors were written.
    """
    taken_over = source.strings.taken_over
    every = np.arange(len(taken_over))
    if before is not None and source.before is not None:
        in_base, size = _places_in_base(source.before, taken_over)
        own = every[in_base < 0]
        if max(len(own), size - (len(every) - len(own))) <= MAX_OWN_SHARE * max(size, len(every)):
            writer.take_over(name, before)
            if len(own) or size != len(every) or np.any(in_base != every):
                save(own_file(name), len(own), source.batches(own))
                in_base[own] = size + np.arange(len(own))
                writer.write_array(places_file(name), in_base)
            return own
    save(name, len(every), source.batches(every))
    return every


def _places_in_base(before: StoredVectors | Nearest, taken_over: Rows) -> tuple[NDArray[np.int32], int]:
    """The place of each row in the base, or -1, and how many places the base has."""
    size, places = base_and_places(before)
    in_base = np.full(len(taken_over), -1, dtype=np.int32)
    known = taken_over >= 0
    in_base[known] = places[taken_over[known]]
    in_base[in_base >= size] = -1
    return in_base, size
