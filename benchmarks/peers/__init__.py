"""One file per peer, of the name that --peers takes: the file name is the registration.

    training(problem) -> run        run() trains from problem.theta and returns the cost, (epochs,) or (R, epochs)
    versions() -> {package: version}

What is prepared (compiled, uploaded, converted) before `run` is not timed. Whatever a peer's run leaves out of a
problem, or does otherwise, its module's docstring says.
"""
