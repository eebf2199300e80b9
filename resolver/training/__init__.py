"""Training: what each level says (m, u, r) and which rules block well, learned without labels."""
