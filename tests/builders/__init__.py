"""What several test modules build their inputs and their served catalogues with: no test stands here, and no test is imported."""
