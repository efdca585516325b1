"""This API next to its peers, in one run: `python -m benchmarks.api`.

Every contender is its own server process, started by one launcher with one worker of one thread,
over the same 100,000 products and 300,000 images. They are measured in turns, so that other load
on the machine affects all of them, and the result is the ratio within each round.
"""
