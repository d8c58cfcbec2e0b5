"""Making releases: rows taken in, worked out, assembled, switched, pruned and erased."""
