"""The tokens of a static encoder, learned from the records."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from search.passage import passage, tidy
from search.trial import Trial

if TYPE_CHECKING:
    from tokenizers import Tokenizer

UNKNOWN = "[UNK]"
_BEGINS = "▁"
# Letters and signs beyond these are spelled by few records.
_MOST_CHARACTERS, _LEAST_COUNT = 200, 3
_TEXTS_AT_A_TIME = 1_000


def learned_tokenizer(trials: Sequence[Trial], *, size: int) -> "Tokenizer":
    """Byte pair encoding (Sennrich et al. 2016) of the trials' texts, `size` tokens at most, case and accents gone.

    Frequent words are whole tokens, and punctuation is none. A word's beginning is marked in its spelling: the marks
    that WordPiece sets instead are numbered by chance, and then break ties, so that the same texts would give other
    tokens.
    """
    from tokenizers import Tokenizer
    from tokenizers.models import BPE
    from tokenizers.normalizers import BertNormalizer
    from tokenizers.pre_tokenizers import Metaspace, Punctuation, WhitespaceSplit
    from tokenizers.pre_tokenizers import Sequence as InTurn
    from tokenizers.trainers import BpeTrainer

    tokenizer = Tokenizer(BPE(unk_token=UNKNOWN))
    tokenizer.normalizer = BertNormalizer()
    begun = Metaspace(replacement=_BEGINS, prepend_scheme="always")
    tokenizer.pre_tokenizer = InTurn([WhitespaceSplit(), Punctuation(behavior="removed"), begun])
    trainer = BpeTrainer(
        vocab_size=size,
        min_frequency=_LEAST_COUNT,
        limit_alphabet=_MOST_CHARACTERS,
        special_tokens=[UNKNOWN],
        show_progress=False,
    )
    tokenizer.train_from_iterator(_texts(trials), trainer)
    return tokenizer


def _texts(trials: Sequence[Trial]) -> Iterator[list[str]]:
    for text in (
        passage,
        lambda trial: tidy(trial.brief_summary or ""),
        lambda trial: tidy(trial.official_title or ""),
    ):
        for start in range(0, len(trials), _TEXTS_AT_A_TIME):
            yield [found for trial in trials[start : start + _TEXTS_AT_A_TIME] if (found := text(trial))]
