"""The tokens learned from records, and their first vectors."""

import numpy as np

from indexer.training.vocabulary import first_vectors, learned_tokenizer
from search.trial import Trial

TRIALS = [
    Trial(trial_id=f"NCT{number:08}", brief_title=f"Vedolizumab in Sjögren {'the ' * 20}", conditions=("Sjögren",))
    for number in range(10)
]


class Ones:
    """Teaches every text the same."""

    def of_texts(self, texts):
        self.texts = list(texts)
        return np.ones((len(texts), 2), dtype=np.float32)


def test_frequent_words_of_the_records_are_whole_tokens_without_case_and_accents():
    tokenizer = learned_tokenizer(TRIALS, size=200)
    assert tokenizer.encode("VEDOLIZUMAB in Sjogren").tokens == ["▁vedolizumab", "▁in", "▁sjogren"]
    assert tokenizer.get_vocab_size() <= 200


def test_a_frequent_token_starts_out_shorter_than_a_rare_one():
    tokenizer, teacher = learned_tokenizer(TRIALS, size=200), Ones()
    vectors = first_vectors(tokenizer, TRIALS, teacher)
    ids = tokenizer.get_vocab()
    assert teacher.texts[ids["▁vedolizumab"]] == "vedolizumab"
    # Of "vedolizumab in sjogren the …. conditions : sjogren": 26 tokens.
    for token, times in {"the": 20, "vedolizumab": 1, "sjogren": 2}.items():
        assert np.allclose(vectors[ids[f"▁{token}"]], 1e-3 / (1e-3 + times / 27), rtol=0.01)
    assert vectors[ids["▁the"], 0] < vectors[ids["▁sjogren"], 0] < vectors[ids["▁vedolizumab"], 0]


def test_the_same_records_make_the_same_tokens():
    assert learned_tokenizer(TRIALS, size=60).to_str() == learned_tokenizer(TRIALS, size=60).to_str()
