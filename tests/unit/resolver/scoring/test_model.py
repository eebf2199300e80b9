"""The model as one JSON artefact, and its numbers."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.errors import BadInputError
from resolver.blocking.signatures import Signature
from resolver.scoring.model import FieldModel, Model, logit, microbits, probability_of
from tests.support.core import version

SHARE = st.floats(1e-9, 1, exclude_max=True)


@st.composite
def models(draw: st.DrawFn) -> Model:
    def field_model() -> FieldModel:
        levels = draw(st.integers(2, 6))
        m, u, r = ((1.0, *draw(st.lists(SHARE, min_size=levels, max_size=levels))) for _ in range(3))
        frequencies = draw(st.dictionaries(st.integers(0, 2**64 - 1), SHARE, max_size=3))
        return FieldModel(m, u, r, frequencies, draw(SHARE))

    return Model(
        draw(SHARE),
        draw(st.just(0.0) | SHARE),
        {name: field_model() for name in draw(st.sets(st.sampled_from("abc")))},
        ((Signature("a", "value"), Signature("b", "first3")),),
        draw(st.dictionaries(st.sampled_from(["email", "phone"]), SHARE)),
        draw(st.integers(-(10**8), 10**8)),
        draw(st.integers(-(10**8), 10**8)),
        draw(st.integers(0, 10**9)),
        draw(SHARE),
    )


@given(models())
def test_a_model_survives_json_unchanged(model: Model) -> None:
    assert Model.from_json(model.to_json()) == model
    assert Model.from_json(model.to_json()).to_json() == model.to_json()


def test_equal_models_give_equal_texts() -> None:
    model = version().model
    turned = replace(
        model,
        fields=dict(reversed(list(model.fields.items()))),
        shared=dict(reversed(list(model.shared.items()))),
    )
    assert turned == model
    assert turned.to_json() == model.to_json()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no JSON",
        "[]",
        "null",
        "{}",
        '{"format": 99}',
        '{"format": 1}',
        version().model.to_json().replace("prior", "x"),
    ],
)
def test_what_is_no_model_is_refused_in_one_message(text: str) -> None:
    with pytest.raises(BadInputError):
        Model.from_json(text)


@given(st.integers(-60_000_000, 30_000_000))
def test_a_weight_and_its_probability_belong_together(weight: int) -> None:
    assert microbits(logit(probability_of(weight))) == pytest.approx(weight, abs=2)


def test_probabilities_of_extreme_weights_are_zero_and_one() -> None:
    assert probability_of(-(10**12)) == 0.0
    assert probability_of(10**12) == 1.0
    assert probability_of(0) == 0.5


def test_weights_are_bits_of_m_over_u_and_nothing_for_missing() -> None:
    its = FieldModel(m=(1.0, 0.8, 0.2), u=(1.0, 0.1, 0.9), r=(1.0, 0.4, 0.6))
    assert its.weights() == [0, 3_000_000, microbits(-2.169925001442312)]
    assert its.related_weights()[1] == 2_000_000
