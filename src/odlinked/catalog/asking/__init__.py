"""Questions put to a release: stored ones, and those that pages, reports and feeds are made of."""
