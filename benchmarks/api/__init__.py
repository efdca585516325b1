"""This API next to its peers, in one run: `python -m benchmarks.api`.

Every contender is a server process of its own, started by one launcher with one worker of one
thread, over the same 100,000 products and 300,000 images. They are measured in turns, so that what
else the machine does meets all of them, and what counts is the ratio within each round.
"""
