"""The tokens of a static encoder, learned from the records, and a first vector for each."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from indexer.training.teacher import Teacher
from search.passage import passage, tidy
from search.trial import Trial
from search.vectors import Vectors

if TYPE_CHECKING:
    from tokenizers import Tokenizer

UNKNOWN = "[UNK]"
_BEGINS = "▁"
# Letters and signs beyond these are spelled by few records.
_MOST_CHARACTERS, _LEAST_COUNT = 200, 3
_FREQUENT = 1e-3
_TEXTS_AT_A_TIME = 1_000


def learned_tokenizer(trials: Sequence[Trial], *, size: int) -> "Tokenizer":
    """Byte pair encoding (Sennrich et al. 2016) of the trials' texts, `size` tokens at most, case and accents gone.

    Frequent words are whole tokens. A word's beginning is marked in its spelling: the marks that WordPiece sets instead
    are numbered by chance, and then break ties, so that the same texts would give other tokens.
    """
    from tokenizers import Tokenizer
    from tokenizers.models import BPE
    from tokenizers.normalizers import BertNormalizer
    from tokenizers.pre_tokenizers import BertPreTokenizer, Metaspace
    from tokenizers.pre_tokenizers import Sequence as Both
    from tokenizers.trainers import BpeTrainer

    tokenizer = Tokenizer(BPE(unk_token=UNKNOWN))
    tokenizer.normalizer = BertNormalizer()
    tokenizer.pre_tokenizer = Both([BertPreTokenizer(), Metaspace(replacement=_BEGINS, prepend_scheme="always")])
    trainer = BpeTrainer(
        vocab_size=size,
        min_frequency=_LEAST_COUNT,
        limit_alphabet=_MOST_CHARACTERS,
        special_tokens=[UNKNOWN],
        show_progress=False,
    )
    tokenizer.train_from_iterator(_texts(trials), trainer)
    return tokenizer


def first_vectors(tokenizer: "Tokenizer", trials: Sequence[Trial], teacher: Teacher) -> Vectors:
    """(tokens, dim) of each token what the teacher makes of it alone, less the more frequent it is in the trials.

    The weight is a / (a + p) of its share p of all tokens (Arora et al. 2017, "A Simple but Tough-to-Beat Baseline for
    Sentence Embeddings"), so that words which tell nothing start out short.
    """
    counts = np.zeros(tokenizer.get_vocab_size(), dtype=np.int64)
    for texts in _texts(trials):
        for tokens in tokenizer.encode_batch_fast(texts, add_special_tokens=False):
            np.add.at(counts, np.array(tokens.ids, dtype=np.intp), 1)
    vocabulary = tokenizer.get_vocab()
    spelled = [token.removeprefix(_BEGINS) for token in sorted(vocabulary, key=vocabulary.__getitem__)]
    shares = counts / max(1, counts.sum())
    weights = _FREQUENT / (_FREQUENT + shares)
    vectors: Vectors = (teacher.of_texts(spelled) * weights[:, None]).astype(np.float32)
    return vectors


def _texts(trials: Sequence[Trial]) -> Iterator[list[str]]:
    for text in (
        passage,
        lambda trial: tidy(trial.brief_summary or ""),
        lambda trial: tidy(trial.official_title or ""),
    ):
        for start in range(0, len(trials), _TEXTS_AT_A_TIME):
            yield [found for trial in trials[start : start + _TEXTS_AT_A_TIME] if (found := text(trial))]
