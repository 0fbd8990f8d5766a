"""`trialkin info`, `verify`, `rollback` and `prune`."""

from typing import Annotated

import typer

from search.cli.options import DEFAULT_INDEX_FOLDER, IndexOption, JsonOption


def info(json: JsonOption = False, index: IndexOption = DEFAULT_INDEX_FOLDER) -> None:
    """What the live index holds, and which builds there are."""
    from search.artefact.lifecycle import current_build, list_builds
    from search.artefact.manifest import read_manifest

    manifest = read_manifest(current_build(index))
    if json:
        typer.echo(manifest.model_dump_json(indent=2))
        return
    skipped = ", ".join(f"{reason}: {count:,}" for reason, count in manifest.counts.skipped.items()) or "none"
    megabytes = sum(file.bytes for file in manifest.files.values()) / 1e6
    for label, value in {
        "build": f"{manifest.build_id}, made {manifest.created_at:%Y-%m-%d %H:%M} UTC",
        "source": f"{manifest.source.name}, newest update {manifest.source.data_date or 'unknown'}",
        "trials": f"{manifest.counts.trials:,} (records left out: {skipped})",
        "terms": f"{manifest.counts.terms:,} distinct conditions and interventions",
        "encoder": f"{manifest.encoder.spec}, {manifest.encoder.dim} dimensions",
        "index": f"{manifest.index}, {manifest.calibration or 'exact'}",
        "size": f"{megabytes:,.1f} MB",
        "builds": ", ".join(list_builds(index)),
    }.items():
        typer.echo(f"{label:<8} {value}")


def verify(index: IndexOption = DEFAULT_INDEX_FOLDER) -> None:
    """Check every file of the live build against its checksum."""
    from search.artefact.lifecycle import current_build
    from search.artefact.reading import verify_build

    manifest = verify_build(current_build(index)).manifest
    typer.echo(f"{manifest.build_id} is sound: {len(manifest.files)} files, {manifest.counts.trials:,} trials")


def rollback(index: IndexOption = DEFAULT_INDEX_FOLDER) -> None:
    """Make the build before the live one live again."""
    from search.artefact.lifecycle import rollback as roll_back

    typer.echo(f"live is now {roll_back(index)}")


def prune(
    keep: Annotated[int, typer.Option(min=1, help="How many builds stay, the live one included.")] = 2,
    index: IndexOption = DEFAULT_INDEX_FOLDER,
) -> None:
    """Remove old builds; the live one always stays."""
    from search.artefact.lifecycle import prune as remove_old

    removed = remove_old(index, keep=keep)
    typer.echo(f"removed {', '.join(removed)}" if removed else "nothing to remove")
