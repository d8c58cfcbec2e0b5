"""What is kept in a workspace: its folder, the archive of documents, published rows; with their locks."""
