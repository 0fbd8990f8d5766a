"""The loss by which a student imitates a teacher, against NumPy."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from indexer.training.imitation import ImitationLoss  # noqa: E402


class Given(torch.nn.Module):
    """A model whose features are its vectors."""

    def forward(self, features):
        return {"sentence_embedding": features["vectors"]}


def loss_of(teacher, passages, summaries, titles, *, labels=(0, 1, 2), scale=20.0):
    loss = ImitationLoss(Given(), torch.tensor(teacher), teacher_scale=scale, student_scale=scale)
    columns = [{"vectors": torch.tensor(vectors)} for vectors in (passages, summaries, titles)]
    return float(loss(columns, torch.tensor(labels)))


def unit(rows):
    rows = np.asarray(rows, dtype=np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


TEACHER = unit([[1, 0.2, 0], [1, 0, 0.4], [0.1, 1, 1]])
NOTHING = np.zeros_like(TEACHER)


def test_a_student_that_sees_what_the_teacher_sees_has_nothing_to_learn():
    turned = TEACHER[:, [2, 0, 1]] * np.array([1, -1, 1], dtype=np.float32)  # another space, the same view
    assert loss_of(TEACHER, turned * 3, NOTHING, turned) == pytest.approx(0, abs=1e-5)


def test_a_batch_is_held_against_the_rows_it_is_of():
    order = [2, 0]
    assert loss_of(TEACHER, TEACHER[order], NOTHING[order], TEACHER[order], labels=order) == pytest.approx(0, abs=1e-5)


def test_the_divergence_is_that_of_the_softmax_over_the_other_trials():
    titles = unit([[1, 0, 0], [0, 1, 0], [0, 1, 1]])

    def shares(cosines):
        scores = cosines * 20.0
        np.fill_diagonal(scores, -np.inf)
        return np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)

    def divergence(seen):
        wanted = shares(TEACHER @ TEACHER.T)
        off = ~np.eye(3, dtype=bool)
        return (wanted[off] * np.log(wanted[off] / shares(seen)[off])).sum() / 3

    expected = 0.5 * divergence(titles @ titles.T) + 0.25 * divergence(titles @ TEACHER.T)
    assert loss_of(TEACHER, TEACHER, NOTHING, titles) == pytest.approx(expected, rel=1e-4)
