"""`trialkin harvest`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from indexer.report import print_json, print_rows, resumable, skipped_rows
from search.cli.options import JsonOption

if TYPE_CHECKING:
    from indexer.harvest import HarvestReport

StoreOption = Annotated[
    Path, typer.Option("--store", envvar="TRIALKIN_STORE", help="Folder of the harvested records.", metavar="DIR")
]
DEFAULT_STORE_FOLDER = Path("var/store")


def harvest(
    condition: Annotated[
        str | None, typer.Option(help="Only studies on this condition, as the registry's search reads it.")
    ] = None,
    term: Annotated[str | None, typer.Option(help="Only studies with these words anywhere.")] = None,
    ids: Annotated[
        list[str] | None, typer.Option(help="Only these NCT ids, separated by commas; may be repeated.")
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="At most so many studies.", metavar="N")] = None,
    full: Annotated[bool, typer.Option("--full", help="Read every study again, and find those that are gone.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Remove studies that are gone however many they are.")] = False,
    status: Annotated[
        bool, typer.Option("--status", help="Say what the store holds, and ask the registry nothing.")
    ] = False,
    rate: Annotated[float, typer.Option(min=0.01, max=1_000, help="Requests a second at most.", metavar="N")] = 1.0,
    registry_url: Annotated[
        str, typer.Option(envvar="TRIALKIN_REGISTRY_URL", help="Address of the API v2.", metavar="URL")
    ] = "https://clinicaltrials.gov/api/v2",
    user_agent: Annotated[
        str | None,
        typer.Option(envvar="TRIALKIN_USER_AGENT", help="Says who asks, best with an e-mail.", metavar="TEXT"),
    ] = None,
    json: JsonOption = False,
    store: StoreOption = DEFAULT_STORE_FOLDER,
) -> None:
    """Fetch study records from the registry, or what has changed of them.

    What was fetched is kept when the command is stopped, and the next run goes on from there. Contacts are neither
    asked for nor kept. Then: trialkin rebuild-index registry

    Example: trialkin harvest --condition "inflammatory bowel disease"
    """
    if status:
        _show_status(store, json=json)
        return
    from importlib.metadata import version

    from rich.console import Console

    from indexer.harvest import harvest as bring_in_step
    from indexer.registry.client import RegistryClient
    from indexer.registry.selection import select
    from indexer.store import Store
    from search.progress import progress_on

    selection = select(condition=condition, term=term, ids=ids or [], limit=limit)
    agent = user_agent or f"trialkin/{version('trialkin')}"
    with (
        resumable(),
        RegistryClient(registry_url, user_agent=agent, rate=rate) as client,
        Store(store) as records,
    ):
        report = bring_in_step(
            client, records, selection, progress=progress_on(Console(stderr=True)), full=full, force=force
        )
    if json:
        print_json(report)
    else:
        print_rows(_rows(report))


def _rows(report: "HarvestReport") -> dict[str, str]:
    again = f", begun again {report.restarts} times" if report.restarts else ""
    return {
        "of": report.selection,
        "release": f"{report.data_timestamp} UTC",
        "did": (" and ".join(report.passes) + again) if report.passes else "nothing, there is nothing new",
        "asked": f"{report.requests:,} requests",
        "read": f"{report.read:,} records",
        "new": f"{report.new:,}",
        "changed": f"{report.changed:,}",
        "unchanged": f"{report.unchanged:,}",
        "removed": f"{report.removed:,}",
        **skipped_rows(report.skipped, report.first_places),
        "held": f"{report.held:,} studies",
        "time": f"{report.seconds:,.1f} s",
    }


def _show_status(folder: Path, *, json: bool) -> None:
    import datetime

    from indexer.store_status import store_status

    state = store_status(folder, today=datetime.datetime.now(datetime.UTC).date())
    if json:
        print_json(state)
        return
    going = state.under_way
    total = f" of {going.total:,}" if going and going.total is not None else ""
    in_step = f"with the release of {state.complete} UTC, {state.age_days:,} days ago" if state.complete else "not yet"
    read = f"whole as of {state.full} UTC, ids compared as of {state.reconciled} UTC" if state.full else "not whole"
    rows = {
        "of": state.selection,
        "registry": state.registry,
        "held": f"{state.held:,} studies, and {state.aliases:,} other ids that lead to one",
        "in step": in_step,
        "read": read,
        "newest": f"updated on {state.newest_update}" if state.newest_update else "of unknown age",
        "now": f"a {going.kind} pass is under way, {going.read:,}{total} read" if going else "nothing is under way",
        "size": f"{state.bytes / 1e6:,.1f} MB in {folder}",
    }
    print_rows(rows)
