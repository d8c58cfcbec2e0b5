"""What `check` visits: the distributions of the served release, at their addresses as agencies wrote them."""
