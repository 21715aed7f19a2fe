"""One file per peer, of the name that --peers takes: the file name is the registration. A peer offers what it can do:

    training(problem) -> run        run() trains from problem.theta and returns the cost, (epochs,) or (R, epochs)

Only `run` is timed: what a peer compiles, uploads or converts comes before. What it does otherwise than we do, its
docstring says.
"""
