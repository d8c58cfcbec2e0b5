"""Making releases of the next state: assembled, switched to, rehearsed, rebuilt, pruned and purged."""
