"""One training run by the trainer of sentence-transformers: seeded, validated on the way, taken up where it stopped."""

import math
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from indexer.training.pairs import TEXTS
from search.progress import Progress
from search.trial import Trial

if TYPE_CHECKING:
    from datasets import Dataset
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.evaluation import InformationRetrievalEvaluator
    from torch import nn

VALIDATIONS = 10
"""How often a run is validated, and a checkpoint written."""
HELD_OUT = "held-out"
_BEFORE = "before.txt"
MEASURE = "ndcg@10"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """What is trained, on what, and how."""

    model: "SentenceTransformer"
    loss: "nn.Module"
    data: "Dataset"
    """Columns of texts, as the loss takes them, and one of labels where it asks for any."""
    batches: Callable[[int], Sequence[Sequence[int]]]
    """The rows of each batch of an epoch, counted from 0; every epoch has as many."""
    epochs: int
    learning_rate: float
    learning_rates: Mapping[str, float] = field(default_factory=dict)
    """Other ones, by a regular expression of the parameters' names."""
    warmup: float = 0.1
    """Share of the steps in which the learning rate rises."""
    told: Mapping[str, str] = field(default_factory=dict)
    """The recipe in words, for the model card."""


@dataclass(frozen=True, slots=True)
class Learned:
    """What a run came to."""

    steps: int
    curve: list[tuple[int, float]]
    """Step, and how well the held-out trials' summaries are found by their titles then (nDCG@10); from step 0 on."""
    device: str


def trained(
    recipe: Recipe,
    *,
    held_out: Sequence[Trial],
    folder: Path,
    seed: int,
    progress: Progress,
    on_note: Callable[[str], None] = lambda _: None,
) -> Learned:
    """Train the recipe's model, in place.

    Checkpoints are kept in `folder`; a run that finds one goes on from it. `on_note` is told after which step, and how
    the validations come out.
    """
    from datasets import disable_progress_bars
    from sentence_transformers import SentenceTransformerTrainer, SentenceTransformerTrainingArguments
    from sentence_transformers.base.sampler import DefaultBatchSampler
    from transformers import PrinterCallback, TrainerCallback, TrainerState
    from transformers.utils import logging

    evaluator = finding(held_out)
    batches = cache(recipe.batches)  # the trainer asks for their number again and again
    curve: list[tuple[int, float]] = []

    class Planned(DefaultBatchSampler):
        """The recipe's batches, epoch by epoch."""

        def __iter__(self) -> Iterator[list[int]]:
            return iter([list(batch) for batch in batches(self.epoch)])

        def __len__(self) -> int:
            return len(batches(0))

    class Trainer(SentenceTransformerTrainer):
        """By these batches. Not an argument, for arguments are written into every checkpoint."""

        def get_batch_sampler(self, dataset: "Dataset", **given: Any) -> Planned:  # type: ignore[override]
            return Planned(dataset, **given)

    class Told(TrainerCallback):
        """Shows the steps, and tells of validations."""

        shown = 0

        def on_step_end(self, args: Any, state: TrainerState, control: Any, **_: Any) -> None:  # noqa: ARG002
            advance(state.global_step - self.shown)
            self.shown = state.global_step

        def on_evaluate(self, args: Any, state: TrainerState, control: Any, **given: Any) -> None:  # noqa: ARG002
            on_note(f"validation after {state.global_step:,} steps: {_measured(given['metrics']):.3f}")

    steps = recipe.epochs * len(batches(0))
    every = math.ceil(steps / VALIDATIONS)
    arguments = SentenceTransformerTrainingArguments(
        output_dir=str(folder),
        num_train_epochs=recipe.epochs,
        learning_rate=recipe.learning_rate,
        learning_rate_mapping=dict(recipe.learning_rates),
        warmup_steps=recipe.warmup,
        dataloader_drop_last=True,
        eval_strategy="steps",
        eval_steps=every,
        save_strategy="steps",
        save_steps=every,
        save_total_limit=2,  # the newest may be half written
        logging_strategy="no",
        report_to="none",
        disable_tqdm=True,
        seed=seed,
        data_seed=seed,
    )
    disable_progress_bars()
    # For a card of sentence-transformers' own it would look for examples, with a bar of its own; ours has none.
    recipe.model.model_card_data.widget = [{}]
    logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    begun = last_checkpoint(folder)
    before = folder / _BEFORE
    if begun is None:
        folder.mkdir(parents=True, exist_ok=True)
        before.write_text(str(_measured(evaluator(recipe.model))))
    else:
        on_note(f"going on after step {_step(begun):,} of {steps:,}")
    curve.append((0, float(before.read_text())))
    on_note(f"validation before: {curve[0][1]:.3f}")
    with warnings.catch_warnings(), progress.stage("training", steps, "steps") as advance:
        warnings.simplefilter("ignore")  # of torch, about what the trainer does
        trainer = Trainer(
            model=recipe.model,
            args=arguments,
            train_dataset=recipe.data,
            loss=recipe.loss,
            evaluator=evaluator,
            callbacks=[Told()],
        )
        trainer.remove_callback(PrinterCallback)
        trainer.train(resume_from_checkpoint=str(begun) if begun else None)
    curve += [
        (int(entry["step"]), _measured(entry))
        for entry in trainer.state.log_history
        if any(name.endswith(MEASURE) for name in entry)
    ]
    if curve[-1][0] < trainer.state.global_step:
        curve.append((trainer.state.global_step, _measured(evaluator(recipe.model))))
        on_note(f"validation after {curve[-1][0]:,} steps: {curve[-1][1]:.3f}")
    return Learned(steps=trainer.state.global_step, curve=curve, device=str(recipe.model.device))


def last_checkpoint(folder: Path) -> Path | None:
    """The newest whole checkpoint in `folder`: its state is what is written last."""
    whole = [path.parent for path in folder.glob("checkpoint-*/trainer_state.json")]
    return max(whole, key=_step, default=None)


def _step(checkpoint: Path) -> int:
    return int(checkpoint.name.removeprefix("checkpoint-"))


def finding(held_out: Sequence[Trial]) -> "InformationRetrievalEvaluator":
    """Finds the summary of each held-out trial (without one, its conditions and interventions) by its title.

    No relevance label is needed for that. Of trials with the same texts any is right.
    """
    from sentence_transformers.sentence_transformer.evaluation import InformationRetrievalEvaluator

    asked = {
        trial.trial_id: (TEXTS["title"](trial), TEXTS["summary"](trial) or TEXTS["facets"](trial)) for trial in held_out
    }
    pairs = {trial_id: pair for trial_id, pair in asked.items() if pair[1]}
    documents: dict[str, Any] = {text: text for _, text in pairs.values()}
    by_title: dict[str, set[str]] = {}
    for title, text in pairs.values():
        by_title.setdefault(title, set()).add(text)
    return InformationRetrievalEvaluator(
        queries={title: title for title in by_title},
        corpus=documents,
        relevant_docs=by_title,
        ndcg_at_k=[10],
        mrr_at_k=[10],
        map_at_k=[10],
        accuracy_at_k=[10],
        precision_recall_at_k=[10],
        name=HELD_OUT,
        write_csv=False,
    )


def _measured(metrics: Mapping[str, Any]) -> float:
    return next(float(value) for name, value in metrics.items() if name.endswith(MEASURE))
