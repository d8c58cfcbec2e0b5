"""Links from values to known concepts: proposed, accepted in a file, written."""
