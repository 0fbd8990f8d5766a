"""Brings a store of study records in step with a registry.

A harvest is a series of passes, see `indexer.harvest_schedule`.
Every page is stored together with the token of the next one, so a harvest that was stopped goes on where it was. Tokens
belong to a data release: where a new one comes in between, the pass begins again, and what is stored stays.
"""

import math
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from indexer.harvest_schedule import due_pass
from indexer.harvest_state import HarvestState, Pass, PassKind
from indexer.registry.by_id import BATCH_IDS, studies_by_id
from indexer.registry.client import MAX_PAGE_SIZE, Page, Refused, RegistryClient
from indexer.registry.fields import ALL_FIELDS, FINGERPRINT, ID_FIELDS
from indexer.registry.selection import Selection
from indexer.store import NO_ID, Store, nct_id_of
from search.errors import BadInput, UnusableSource
from search.progress import Progress

MAX_REMOVED_SHARE = 0.05
"""Of the studies held; more are removed at once only by force."""
MAX_RESTARTS = 3
VANISHED = "gone between its listing and its reading"
UNKNOWN = "unknown to the registry"
REFUSED = "refused by the registry"


@dataclass(slots=True)
class HarvestReport:
    """What a harvest did."""

    selection: str
    data_timestamp: str = ""
    passes: list[str] = field(default_factory=list)
    """full, delta and ids, in order; none where the registry had nothing new."""
    requests: int = 0
    read: int = 0
    """Records read; one may be read more than once."""
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    removed: int = 0
    skipped: dict[str, int] = field(default_factory=dict)
    first_places: dict[str, str] = field(default_factory=dict)
    """The first id, or page, of each reason."""
    restarts: int = 0
    """How often the registry released new data meanwhile."""
    held: int = 0
    seconds: float = 0.0


def harvest(
    client: RegistryClient,
    store: Store,
    selection: Selection,
    *,
    progress: Progress,
    full: bool = False,
    force: bool = False,
    page_size: int = MAX_PAGE_SIZE,
) -> HarvestReport:
    """Bring `store` in step with the registry as far as `selection` goes.

    `full` reads every study even if a delta would do; `force` removes studies however many are gone. Raises BadInput
    where the store holds another selection or the registry refuses the query, IndexLocked, UnusableSource where the
    registry does not answer as it should or more than MAX_REMOVED_SHARE of the studies are gone, and OSError.
    """
    started = time.monotonic()
    with store.locked():
        work = _Harvest(client, store, selection, progress, full=full, force=force, page_size=page_size)
        work.run()
    report = work.report
    report.requests = client.requests
    report.skipped = dict(work.skipped)
    report.held = store.held
    report.seconds = time.monotonic() - started
    return report


class _StartAgain(Exception):
    """What was read of this pass is of no use: the registry has released new data, or has lost its place."""


class _Harvest:
    def __init__(
        self,
        client: RegistryClient,
        store: Store,
        selection: Selection,
        progress: Progress,
        *,
        full: bool,
        force: bool,
        page_size: int,
    ) -> None:
        self._client = client
        self._store = store
        self._selection = selection
        self._progress = progress
        self._full = full
        self._force = force
        self._page_size = page_size
        self.report = HarvestReport(selection=selection.words)
        self.skipped: Counter[str] = Counter()

    def run(self) -> None:
        self._claim_store()
        while True:
            release = self._client.data_timestamp()
            self.report.data_timestamp = release
            try:
                while under_way := self._under_way(release):
                    self._read(under_way)
                    self._settle(self._store.state)
            except _StartAgain as reason:
                self.report.restarts += 1
                if self.report.restarts > MAX_RESTARTS:
                    raise UnusableSource(
                        f"{self._client.url}: {reason}, {self.report.restarts} times; run the same command later"
                    ) from reason
                self._save(self._store.state.model_copy(update={"under_way": None}))
            else:
                return

    def _claim_store(self) -> None:
        """A store holds one selection, which may grow: otherwise nobody could tell what is gone."""
        state, store = self._store.state, self._store
        if self._selection != state.selection:
            if store.held and not self._selection.includes(state.selection):
                raise BadInput(
                    f"{store.folder} holds {state.selection.words}, not {self._selection.words}; name another folder "
                    "with --store"
                )
            self._save(HarvestState(selection=self._selection, registry=self._client.url))
        elif self._client.url != state.registry:  # page tokens are another registry's
            self._save(state.model_copy(update={"registry": self._client.url, "under_way": None}))

    def _under_way(self, release: str) -> Pass | None:
        """The pass to go on with, or the next one that is due, noted as begun; None where the store is in step."""
        state = self._store.state
        if state.under_way and state.under_way.release == release:
            return state.under_way
        begun = due_pass(state, release, full=self._full)
        if begun is not None:
            with self._store.changing():
                self._store.forget_listed()
                self._store.save(state.model_copy(update={"under_way": begun}))
        return begun

    def _read(self, under_way: Pass) -> None:
        """Every page of the pass from where it is."""
        self.report.passes.append(under_way.kind.value)
        if under_way.ended:
            return
        page = self._page(under_way)
        total = under_way.total if under_way.total is not None else page.total or len(page.studies)
        if self._selection.limit is not None:
            total = min(total, self._selection.limit)
        title = {PassKind.FULL: "harvest", PassKind.DELTA: "updates", PassKind.IDS: "ids"}[under_way.kind]
        with self._progress.stage(title, max(0, total - under_way.read), "studies") as advance:
            while True:
                if page.next_token is not None and page.next_token == under_way.token:
                    raise _StartAgain("the registry gave the same page token twice")
                read = under_way.read + len(page.studies)
                ended = page.next_token is None or read >= (self._selection.limit or math.inf)
                under_way = under_way.model_copy(
                    update={"token": page.next_token, "read": read, "total": total, "ended": ended}
                )
                self._keep(page, under_way)
                advance(len(page.studies))
                if ended:
                    return
                page = self._page(under_way)

    def _page(self, under_way: Pass) -> Page:
        if self._selection.ids:
            return self._page_of_ids(int(under_way.token or 0))
        parameters = self._selection.parameters | {
            "fields": ID_FIELDS if under_way.kind is PassKind.IDS else ALL_FIELDS
        }
        if under_way.since:
            parameters["filter.advanced"] = f"AREA[LastUpdatePostDate]RANGE[{under_way.since},MAX]"
        size = min(self._page_size, (self._selection.limit or math.inf) - under_way.read)
        try:
            return self._client.page(parameters, size=int(size), token=under_way.token)
        except Refused as error:
            if under_way.token is not None:
                self._check_release(under_way.release)
                raise _StartAgain(f"the registry lost its place ({error})") from error
            kind = BadInput if self._selection.parameters else UnusableSource
            raise kind(f"the registry refuses the query: {error}") from error

    def _page_of_ids(self, start: int) -> Page:
        """The studies of a batch of the selected ids; a page's token is the place of its first id."""
        ids = self._selection.ids[start : start + BATCH_IDS]
        end, total = start + BATCH_IDS, len(self._selection.ids)
        return Page(
            studies=studies_by_id(self._client, ids, {"fields": ALL_FIELDS}),
            next_token=str(end) if end < total else None,
            total=total,
        )

    def _keep(self, page: Page, under_way: Pass) -> None:
        """The page and how to go on after it, in one transaction."""
        with self._store.changing():
            if under_way.kind is PassKind.IDS:
                ids = [nct_id for study in page.studies if (nct_id := nct_id_of(study))]
            else:
                ids = self._upsert(page.studies, under_way.release)
            self._store.list_ids(ids)
            self._store.save(self._store.state.model_copy(update={"under_way": under_way}))

    def _upsert(self, studies: Sequence[object], release: str) -> list[str]:
        done = self._store.upsert(studies, release=release)
        self.report.read += len(studies)
        self.report.new += len(done.new)
        self.report.changed += len(done.changed)
        self.report.unchanged += len(done.unchanged)
        for _ in range(done.without_id):
            self._skip(NO_ID, f"the page of {done.ids[0]}" if done.ids else "a page of nothing else")
        return done.ids

    def _settle(self, state: HarvestState) -> None:
        """What remains to do once all pages of the pass are in."""
        under_way = state.under_way
        assert under_way is not None  # noqa: S101 - the pass was read just now
        release = under_way.release
        self._check_release(release)
        if self._selection.ids:
            self._resolve_aliases(release)
        if under_way.kind is PassKind.IDS:
            self._fetch(self._store.listed_but_not_held(), release)
        done: dict[str, Any] = {"under_way": None}
        if under_way.kind is not PassKind.DELTA:
            if self._selection.limit is None:
                self._remove_gone(release)
            done["reconciled"] = release
        if under_way.kind is not PassKind.IDS:
            done["complete"] = release
        if under_way.kind is PassKind.FULL:
            done |= {"full": release, "fields": FINGERPRINT}
            self._full = False
        with self._store.changing():
            if under_way.kind is PassKind.IDS:
                self._store.seen_as_listed(release)
            self._store.forget_listed()
            self._store.save(state.model_copy(update=done))

    def _resolve_aliases(self, release: str) -> None:
        """Ids asked for that no study answers to, each by itself: an alias leads to its study (301)."""
        ids = self._selection.ids
        known = self._store.leads_to(ids)
        for nct_id in [nct_id for nct_id in ids if nct_id not in known]:
            try:
                study = self._client.study(nct_id, ALL_FIELDS)
            except Refused as error:
                self._skip(REFUSED, f"{nct_id}: {error}")
                continue
            if study is None:
                self._skip(UNKNOWN, nct_id)
                continue
            with self._store.changing():
                for found in self._upsert([study], release):
                    self._store.list_ids([found])
                    if found != nct_id:
                        self._store.add_alias(nct_id, found)

    def _fetch(self, ids: Sequence[str], release: str) -> None:
        """Studies that are listed and not here."""
        for batch, studies in self._batches(ids, "new"):
            with self._store.changing():
                answered = set(self._upsert(studies, release))
            for nct_id in batch:
                if nct_id not in answered:
                    self._skip(VANISHED, nct_id)

    def _remove_gone(self, release: str) -> None:
        """Remove what the registry no longer lists, once asked for by id too. Raises UnusableSource above the share."""
        gone, held = self._store.held_but_not_listed(), self._store.held
        # One study may go from the smallest store, but never all of them.
        allowed = min(max(1, int(MAX_REMOVED_SHARE * held)), max(0, held - 1))
        if len(gone) > allowed and not self._force:
            named = ", ".join(gone[:3]) + (", …" if len(gone) > 3 else "")
            raise UnusableSource(
                f"the registry no longer lists {len(gone):,} of the {held:,} studies held ({named}), "
                f"more than {MAX_REMOVED_SHARE:.0%}, so none was removed; all else is stored. If they are gone for "
                "good, run the same command with --force"
            )
        for batch, studies in self._batches(gone, "gone"):
            with self._store.changing():
                there = set(self._upsert(studies, release))
                self._store.list_ids(there)
                self._store.remove(sorted(set(batch) - there))
            self.report.removed += len(set(batch) - there)

    def _batches(self, ids: Sequence[str], title: str) -> Iterator[tuple[Sequence[str], list[Any]]]:
        if not ids:
            return
        parameters = self._selection.parameters | {"fields": ALL_FIELDS}
        with self._progress.stage(title, len(ids), "studies") as advance:
            for start in range(0, len(ids), BATCH_IDS):
                batch = ids[start : start + BATCH_IDS]
                yield batch, studies_by_id(self._client, batch, parameters)
                advance(len(batch))

    def _check_release(self, release: str) -> None:
        if self._client.data_timestamp() != release:
            raise _StartAgain("the registry released new data while it was read")

    def _save(self, state: HarvestState) -> None:
        with self._store.changing():
            self._store.save(state)

    def _skip(self, reason: str, place: str) -> None:
        self.skipped[reason] += 1
        self.report.first_places.setdefault(reason, place)
