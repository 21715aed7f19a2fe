"""A fingerprint changes with what a result depends on, and with nothing else."""

import pytest

MODULE = "experiments/toy.py"
YAML = "conf/experiment/toy.yaml"


def marks(project, **settings):
    return project.plan(**settings).marks


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        (MODULE, '"""Twice a number is that number doubled.\n', '"""Twice a number is that number doubled.\n\nMore.\n'),
        (MODULE, "def product(factor):\n", 'def product(factor):\n    """Twice it."""\n    # in words\n\n'),
        (MODULE, "def product(factor):", "def product(factor: int) -> int:"),
        (MODULE, 'key("which doubling"', 'key("the kind of doubling"'),
        (MODULE, "at_most=64", "at_most=128"),
        (MODULE, "def draw(", "def unused():\n    return 3\n\n\ndef draw("),
        ("experiments/progress.py", "bar.busy = True", "bar.busy = bool(1)"),
        ("core/__init__.py", "def double(x):", "def double(x):  # doubled"),
        (YAML, "order: 10", "order: 10 # of the lecture"),
    ],
)
def test_words_about_the_code_change_nothing(project, path, old, new):
    before = marks(project)
    project.edit(path, old, new)
    assert marks(project) == before


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        (MODULE, "return 2 * factor", "return factor * 2"),
        (MODULE, "/ 3", "/ 4"),
        (MODULE, "STEPS = {", "np.seterr(all='raise')\nSTEPS = {"),
        ("core/__init__.py", "return x + x", "return 2 * x"),
        (YAML, "factors: [1, 2, 3]", "factors: [1, 2, 4]"),
        (YAML, "pause: 0.0", "pause: 1.0e-3"),
    ],
)
def test_code_and_values_behind_compute_change_the_result(project, path, old, new):
    before = marks(project)
    project.edit(path, old, new)
    assert marks(project).address != before.address


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        (MODULE, "a drawing of", "a picture of"),
        (MODULE, "Doubling works.", "It doubles."),
        (MODULE, '"headline": 1', '"headline": 2'),
        (MODULE, '(result.cfg.kind == "broken")', '2 * (result.cfg.kind == "broken")'),
        (MODULE, "Twice a number is that number doubled.\n", "Twice a number is its double.\n"),
        (YAML, "tolerance: 1.0e-5", "tolerance: 1.0e-6"),
        (YAML, "order: 10", "order: 11"),
        ("experiments/style.py", "write_text(fig)", "write_text(str(fig))"),
        ("experiments/claim.py", '"exact" if', '"holds" if'),
    ],
)
def test_drawing_words_and_criteria_leave_the_result_alone(project, path, old, new):
    before = marks(project)
    project.edit(path, old, new)
    after = marks(project)
    assert after.address == before.address
    assert after.drawing != before.drawing
    assert after.stamp != before.stamp


def test_a_function_imported_from_another_module_is_followed(project):
    (project.root / "experiments/datasets.py").write_text(
        "def numbers():\n    return 2\n\n\ndef other():\n    return 1\n"
    )
    project.edit(MODULE, "import core\n", "import core\nfrom experiments import datasets\n")
    project.edit(MODULE, "return 2 * factor", "return datasets.numbers() * factor")
    before = marks(project)
    project.edit("experiments/datasets.py", "return 1", "return 0")
    assert marks(project) == before
    project.edit("experiments/datasets.py", "return 2", "return 3 - 1")
    assert marks(project).address != before.address


def test_a_data_file_that_is_named_counts(project):
    (project.root / "experiments/published.json").write_text("1")
    project.edit(MODULE, "return 2 * factor", 'return len("published.json") * factor')
    before = marks(project)
    (project.root / "experiments/published.json").write_text("2")
    project.forget()
    assert marks(project).address != before.address


def test_a_method_of_config_counts(project):
    project.edit(MODULE, "    tolerance: float", "    def twice(self):\n        return 2\n\n    tolerance: float")
    before = marks(project)
    project.edit(MODULE, "        return 2\n", "        return 3\n")
    assert marks(project).address != before.address


def test_seed_and_look_count_where_they_are_seen(project):
    before = marks(project)
    assert marks(project, seed=1).address != before.address
    dark = marks(project, style={"background": "#000000"})
    assert dark.address == before.address
    assert dark.drawing != before.drawing
