"""Generators of labelled person data that are unlike the sample: held-out checks of quality, never tuned to.

Each writes one CSV file whose column ``cluster`` is the truth:
``python -m benchmarks.data.persons --rows 100000 --out FILE --seed 1``.
They share name lists with the sample, but neither frequencies nor noise nor structure.
"""
