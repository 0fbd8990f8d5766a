"""The model card that stands beside a trained encoder's weights."""

from datetime import datetime
from importlib.metadata import version

from indexer.training.corpus import Corpus
from indexer.training.run import Learned, Recipe

_CARD = """\
---
license: {licence_id}
library_name: sentence-transformers
pipeline_tag: sentence-similarity
language: en
tags: [sentence-transformers, clinical-trials]
---

# {name}

A {kind} encoder of {dim} dimensions that tells how alike the texts of two clinical trials are, trained by
`trialkin train-encoder` on {made}. `trialkin rebuild-index --encoder {name}` builds an index with it.
{opened}

## Data

{trained:,} trials of `{source}`, newest record of {data_date}; {held_out:,} more were held out for validation. Only
what the records say of themselves was learned from: no relevance label, no query, no person's data.

## Recipe

| | |
| --- | --- |
{recipe}

## Metrics

How well the held-out trials' summaries (where there is none: conditions and interventions) are found by their titles,
among those of all held-out trials. It says whether training works; how good an index is with this encoder,
`trialkin evaluate` says.

| step | nDCG@10 |
| ---: | ---: |
{curve}

## Licence

{licence}
"""


def model_card(
    corpus: Corpus,
    recipe: Recipe,
    learned: Learned,
    *,
    name: str,
    kind: str,
    seed: int,
    opened: str,
    licence: str,
    made: datetime,
) -> str:
    """The card in Markdown, headed by what the Hugging Face hub reads."""
    libraries = ", ".join(f"{library} {version(library)}" for library in ("sentence-transformers", "torch"))
    told = {
        **recipe.told,
        "epochs": f"{recipe.epochs}, {learned.steps:,} steps",
        "learning rate": f"{recipe.learning_rate:g}, rising for {recipe.warmup:.0%} of the steps, then falling",
        "seed": f"{seed}",
        "records": f"SHA-256 {corpus.digest[:16]}…",
        "trained with": f"{libraries}, on {learned.device}",
    }
    return _CARD.format(
        licence_id=licence.split(":")[0].lower(),
        name=name,
        kind=kind,
        dim=recipe.model.get_embedding_dimension(),
        made=f"{made:%Y-%m-%d}",
        trained=len(corpus.trained),
        source=corpus.name,
        data_date=corpus.data_date or "unknown date",
        held_out=len(corpus.held_out),
        recipe="\n".join(f"| {what} | {how} |" for what, how in told.items()),
        curve="\n".join(f"| {step:,} | {measured:.3f} |" for step, measured in learned.curve),
        opened=opened,
        licence=licence,
    )
