"""Which file holds a trial: the one named by the beginning of its id.

How much of the id, depends on how densely a registry numbers: of an NCT id the first eight characters, say, of another
id the first twelve. A beginning that too many trials share is split: their files are named by one character more. The
rule is a few numbers and a short list, so that a page finds a trial's file by itself (`exported` in
api/widget/related-trials.js follows the same rule).
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

MOST = 50
"""Trials in a file, as far as their ids can tell them apart."""
FITTING = 0.9
"""At least this share of a registry's files hold at most MOST before any is split."""


@dataclass(frozen=True, slots=True)
class Sharding:
    """The rule for one set of ids."""

    prefix: dict[str, int]
    """Registry, which is what an id has before its first digit -> how many characters name the file."""
    split: tuple[str, ...]
    """Beginnings that are not enough."""

    def shard(self, trial_id: str) -> str:
        """The name of the file that holds `trial_id`."""
        name = _name(trial_id)
        length = self.prefix[_registry(name)]
        while length < len(name) and name[:length] in self.split:
            length += 1
        return name[:length]

    def shards(self, trial_ids: Iterable[str]) -> dict[str, list[str]]:
        """Name -> the trials in that file, both in the order of `trial_ids`."""
        found: dict[str, list[str]] = {}
        for trial_id in trial_ids:
            found.setdefault(self.shard(trial_id), []).append(trial_id)
        return found


def sharding_of(trial_ids: Iterable[str]) -> Sharding:
    """A rule by which few files hold more than MOST of `trial_ids`."""
    registries: dict[str, list[str]] = {}
    for name in map(_name, trial_ids):
        registries.setdefault(_registry(name), []).append(name)
    prefix, split = {}, []
    for registry, names in sorted(registries.items()):
        prefix[registry] = length = _length(registry, names)
        crowd = _crowded(names, length)
        while crowd:
            split += crowd
            length += 1
            crowd = _crowded([name for name in names if name.startswith(tuple(crowd))], length)
    return Sharding(prefix, tuple(sorted(split)))


def _length(registry: str, names: Sequence[str]) -> int:
    """The shortest beginning, the registry at least, by which most files are small."""
    for length in range(len(registry) or 1, max(map(len, names)) + 1):
        sizes = Counter(name[:length] for name in names).values()
        if sum(size <= MOST for size in sizes) >= FITTING * len(sizes):
            return length
    return max(map(len, names))


def _crowded(names: Sequence[str], length: int) -> list[str]:
    """The beginnings that too many of `names` share, where one character more can tell some apart."""
    sizes = Counter(name[:length] for name in names)
    longer = {name[:length] for name in names if len(name) > length}
    return [start for start, size in sizes.items() if size > MOST and start in longer]


def _name(trial_id: str) -> str:
    """The id as a file can be called."""
    return re.sub(r"[^A-Z0-9.-]", "_", trial_id.upper())


def _registry(name: str) -> str:
    return re.match(r"\D*", name, re.ASCII)[0]  # type: ignore[index]  # it matches anything
