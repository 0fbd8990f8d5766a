import subprocess
import sys
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.encoders.hashing import HashingEncoder

encoder = HashingEncoder()


@given(st.lists(st.text(max_size=40), max_size=5))
def test_vectors_have_length_one_or_are_zero_where_no_letter_is(texts):
    vectors = encoder.encode_documents(texts)
    assert vectors.shape == (len(texts), 256)
    assert vectors.dtype == np.float32
    for text, vector in zip(texts, vectors, strict=True):
        length = float(np.linalg.norm(vector))
        # Features that cancel out each other leave nothing, too; a word of one letter cannot.
        assert length == pytest.approx(1, abs=1e-6) or length == 0
        if not any(character.isalnum() or character == "_" for character in text):
            assert length == 0


def test_one_letter_is_hashed_as_the_word_and_its_trigram():
    expected = np.zeros(256)
    for feature in ("a", " a "):
        bucket = zlib.crc32(feature.encode())
        expected[bucket % 256] += 1 if bucket >= 2**31 else -1
    expected /= np.linalg.norm(expected)
    assert encoder.encode_documents(["A!"])[0].tolist() == pytest.approx(expected.tolist(), abs=1e-6)


def test_a_vector_does_not_depend_on_its_company_or_on_its_role():
    texts = ["Crohn's disease", "umbilical cord stem cells", ""]
    together = encoder.encode_documents(texts)
    apart = [encoder.encode_queries([text])[0] for text in texts]
    assert (together == np.array(apart)).all()


def test_another_process_gives_the_same_vectors():
    text = "Exosomes in ulcerative colitis"
    program = (
        "import sys; from search.encoders.hashing import HashingEncoder; "
        f"sys.stdout.buffer.write(HashingEncoder().encode_documents([{text!r}]).tobytes())"
    )
    # Python salts its own hash() anew in each process.
    other = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True).stdout
    assert other == encoder.encode_documents([text]).tobytes()


def test_texts_that_share_words_are_nearer_than_texts_that_do_not():
    query, near, far = encoder.encode_documents(
        ["stem cells in Crohn disease", "Crohn disease treated by stem cells", "mandala painting and menstruation"]
    )
    assert query @ near > 0.7 > 0.2 > query @ far
