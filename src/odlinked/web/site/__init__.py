"""What every page stands on: words, addresses, templates, documents as pages read them, and resources in representations."""
