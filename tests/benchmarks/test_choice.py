"""What can be asked for, and the one line that refuses the rest."""

import pytest

from benchmarks.choice import HERE, PEERS, parse

SECTIONS = {"training": ["a", "b"], "growth": ["width"]}


def test_a_whole_run_is_kept_beside_the_benchmarks():
    choice = parse([], SECTIONS)
    assert choice.sections == ("training", "growth")
    assert choice.peers == PEERS == ("jax", "numpy", "regioncam", "relucent", "sklearn", "torch")
    assert choice.folder(tuple(SECTIONS)) == HERE


@pytest.mark.parametrize("words", [["--quick"], ["growth"], ["--only", "b"], ["--peers", "jax"]])
def test_a_part_does_not_replace_what_is_kept(words, tmp_path):
    assert parse(words, SECTIONS).folder(tuple(SECTIONS)) is None
    assert parse([*words, "--output", str(tmp_path)], SECTIONS).folder(tuple(SECTIONS)) == tmp_path


def test_names_choose_within_a_section():
    choice = parse(["--only", "b,width", "--peers", "numpy"], SECTIONS)
    assert [choice.chosen(names) for names in SECTIONS.values()] == [["b"], ["width"]]
    assert choice.peers == ("numpy",)


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["treining"], "section=treining: needs one of training, growth"),
        (["--only", "b,z"], "--only=z: needs one of a, b, width"),
        (["growth", "--only", "a"], "--only=a: needs one of width"),
        (["--peers", "jaks"], "--peers=jaks: needs one of jax, numpy, regioncam, relucent, sklearn, torch"),
        (["--fast"], "unrecognized arguments: --fast"),
    ],
)
def test_a_wrong_word_is_refused_in_one_line(words, line, capsys):
    with pytest.raises(SystemExit) as stopped:
        parse(words, SECTIONS)
    assert stopped.value.code == 2
    assert capsys.readouterr().err == f"{line}\n"
