"""What is published: workspaces, the archive of documents, releases and the records in them."""
