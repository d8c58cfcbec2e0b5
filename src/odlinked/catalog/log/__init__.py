"""What each switch of the served release changed: written by a publish, read by feeds and by the history of a record."""
