"""What the README shows is what happens."""

from __future__ import annotations

from tests.support.readme import README, examples, shape, shell


def test_the_examples_of_the_readme_print_what_it_shows() -> None:
    """After a change of what is printed: ``python -m tests.support.readme`` writes the outputs anew."""
    found = examples(README.read_text(encoding="utf-8"))
    assert len(found) > 10
    with shell() as its:
        for example in found:
            printed = its.run(example)
            if example.kind == "console":
                assert shape(printed) == shape(example.output), example.text


def test_the_readme_starts_with_the_two_commands() -> None:
    first = README.read_text(encoding="utf-8").partition("```")[2]
    assert first.startswith("sh\nmake demo")
    assert "make test" in first.partition("```")[0]
