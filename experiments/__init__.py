"""One module per claim of the lecture: compute, judge, draw. `python -m experiments --help` lists them."""
