"""The hall: the only place where the workshops meet, and where releases are made and read."""
