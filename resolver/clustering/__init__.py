"""Clustering: records and what is known of their keys become customers, as one pure function."""
