"""Customers: stable ids and lineage, the golden profile, what needs a person's eye, and what of it is stored."""
