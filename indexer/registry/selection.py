"""Which studies of the registry to harvest."""

import re
from collections.abc import Iterable

from pydantic import BaseModel, ConfigDict

from search.errors import BadInput
from search.trial import parse_nct_id


class Selection(BaseModel):
    """All studies, or those that match; `limit` is how many of them at most."""

    model_config = ConfigDict(frozen=True)

    condition: str | None = None
    term: str | None = None
    ids: tuple[str, ...] = ()
    limit: int | None = None

    @property
    def parameters(self) -> dict[str, str]:
        """The query parameters that select; ids are asked for in batches, so they are not among them."""
        queries = {"query.cond": self.condition, "query.term": self.term}
        return {name: value for name, value in queries.items() if value}

    @property
    def can_be_followed(self) -> bool:
        """Whether what changed can be asked for; a few ids are asked for anew, and a limit cuts at no known place."""
        return not self.ids and self.limit is None

    def includes(self, other: "Selection") -> bool:
        """Whether every study of `other` is one of these, whatever the registry holds."""
        if self.limit is not None and (other.limit is None or other.limit > self.limit):
            return False
        if self.ids:
            return bool(other.ids) and set(other.ids) <= set(self.ids)
        queries = ((self.condition, other.condition), (self.term, other.term))
        return all(mine in (None, theirs) for mine, theirs in queries)

    @property
    def words(self) -> str:
        """For people, and as the options that select the same."""
        options = [("--condition", self.condition), ("--term", self.term), ("--limit", self.limit)]
        parts = [f"{option} {value!r}" for option, value in options if value is not None]
        if self.ids:
            parts.append(f"{len(self.ids):,} --ids")
        return " ".join(parts) or "the whole registry"


def select(
    *, condition: str | None = None, term: str | None = None, ids: Iterable[str] = (), limit: int | None = None
) -> Selection:
    """The selection that the options name; ids may be separated by commas or white space.

    Raises BadInput where an id is none, where ids come with anything else, or where a query is blank.
    """
    nct_ids = {parse_nct_id(nct_id) for text in ids for nct_id in re.split(r"[\s,|]+", text) if nct_id}
    if nct_ids and (condition is not None or term is not None or limit is not None):
        raise BadInput("--ids stands alone; leave out --condition, --term and --limit")
    if list(ids) and not nct_ids:
        raise BadInput("--ids names no id; write NCT ids separated by commas")
    for option, query in (("--condition", condition), ("--term", term)):
        if query is not None and not query.strip():
            raise BadInput(f"{option} is blank; write what to look for, or leave it out")
    return Selection(condition=condition, term=term, ids=tuple(sorted(nct_ids)), limit=limit)
