"""The triple store: an Oxigraph directory, built once and carried forward from release to release."""
