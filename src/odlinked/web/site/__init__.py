"""What every page is based on: texts, addresses, templates, documents as pages read them, and resources in representations."""
