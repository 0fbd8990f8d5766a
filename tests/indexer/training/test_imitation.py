"""The loss by which a student imitates a teacher, against NumPy."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from indexer.training.imitation import ImitationLoss  # noqa: E402


class Given(torch.nn.Module):
    """A model whose features are its vectors."""

    def forward(self, features):
        return {"sentence_embedding": features["vectors"]}


def loss_of(taught, passages, summaries, titles, *, taught_titles=None, labels=(0, 1, 2)):
    taught_titles = taught if taught_titles is None else taught_titles
    loss = ImitationLoss(Given(), trials=torch.tensor(taught), titles=torch.tensor(taught_titles))
    columns = [{"vectors": torch.tensor(vectors)} for vectors in (passages, summaries, titles)]
    return float(loss(columns, torch.tensor(labels)))


def unit(rows):
    rows = np.asarray(rows, dtype=np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def divergence(taught, seen):
    """Of the softmax over the other trials, scaled as the module says."""

    def shares(vectors, scale):
        scores = vectors @ vectors.T * scale
        np.fill_diagonal(scores, -np.inf)
        return np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)

    wanted, given = shares(taught, 30.0), shares(seen, 20.0)
    off = ~np.eye(len(seen), dtype=bool)
    return (wanted[off] * np.log(wanted[off] / given[off])).sum() / len(seen)


def contrast(texts, others):
    scores = texts @ others.T * 20.0
    both = [np.log(np.exp(each).sum(axis=1)) - np.diag(each) for each in (scores, scores.T)]
    return np.mean(both)


TAUGHT = unit([[1, 0.2, 0], [1, 0, 0.4], [0.1, 1, 1]])
NOTHING = np.zeros_like(TAUGHT)


def test_another_space_with_the_same_view_is_as_good():
    turned = TAUGHT[:, [2, 0, 1]] * np.array([1, -1, 1], dtype=np.float32)
    expected = 2 * divergence(TAUGHT, TAUGHT)
    assert loss_of(TAUGHT, turned * 3, NOTHING, turned) == pytest.approx(expected, rel=1e-4)
    other = unit([[0, 1, 0], [1, 0, 0.4], [0, 1, 1]])
    assert loss_of(TAUGHT, other, NOTHING, other) > expected


def test_a_batch_is_held_against_the_rows_it_is_of():
    order = [2, 0]
    vectors = TAUGHT[order]
    expected = 2 * divergence(vectors, vectors)
    assert loss_of(TAUGHT, vectors, NOTHING[order], vectors, labels=order) == pytest.approx(expected, abs=1e-5)


def test_titles_are_held_against_what_the_teacher_makes_of_titles():
    titles = unit([[1, 0, 0], [0, 1, 0], [0, 1, 1]])
    taught_titles = unit([[1, 1, 0], [0, 1, 0], [0, 1, 2]])
    expected = divergence(TAUGHT, TAUGHT) + divergence(taught_titles, titles)
    found = loss_of(TAUGHT, TAUGHT, NOTHING, titles, taught_titles=taught_titles)
    assert found == pytest.approx(expected, rel=1e-4)


def test_a_summary_is_to_be_found_by_its_record_s_passage_and_title():
    summaries = unit([[1, 0.1, 0], [0.3, 0, 1], [0, 0, 0.1]])
    summaries[2] = 0  # this record has none
    titles = unit([[1, 0, 0.2], [0.5, 0, 1], [0, 1, 1]])
    passages = unit([[1, 0, 0], [0, 0.2, 1], [0, 1, 0]])
    told = [0, 1]
    expected = (
        divergence(TAUGHT, unit(passages + summaries))
        + divergence(TAUGHT, titles)
        + 0.3 * (contrast(passages[told], summaries[told]) + contrast(titles[told], summaries[told]))
    )
    assert loss_of(TAUGHT, passages, summaries, titles) == pytest.approx(expected, rel=1e-4)
