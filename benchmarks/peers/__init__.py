"""One file per peer, of the name that --peers takes: the file name is the registration. A peer offers what it can do:

    training(problem) -> run        run() trains from problem.theta and returns the cost, (epochs,) or (R, epochs)

    regions(pairs, times) -> run   run() finds the regions of a network so many times and returns their number
    partition(pairs) -> run        run() keeps them while it lasts, and returns their number

Only `run` is timed: what a peer compiles, uploads or converts comes before. What it does otherwise than we do, its
docstring says.
"""
