"""Scoring: how alike the values of a pair are, as levels, and what the levels say, in microbits."""
