"""The tokens learned from records."""

from indexer.training.vocabulary import learned_tokenizer
from search.trial import Trial

TRIALS = [
    Trial(trial_id=f"NCT{number:08}", brief_title=f"Vedolizumab in Sjögren {'the ' * 20}", conditions=("Sjögren",))
    for number in range(10)
]


def test_frequent_words_of_the_records_are_whole_tokens_without_case_and_accents():
    tokenizer = learned_tokenizer(TRIALS, size=200)
    assert tokenizer.encode("VEDOLIZUMAB in Sjogren").tokens == ["▁vedolizumab", "▁in", "▁sjogren"]
    assert tokenizer.get_vocab_size() <= 200


def test_punctuation_is_no_token():
    tokenizer = learned_tokenizer(TRIALS, size=200)
    assert tokenizer.encode("Vedolizumab: (in) Sjögren.").tokens == ["▁vedolizumab", "▁in", "▁sjogren"]


def test_the_same_records_make_the_same_tokens():
    assert learned_tokenizer(TRIALS, size=60).to_str() == learned_tokenizer(TRIALS, size=60).to_str()
