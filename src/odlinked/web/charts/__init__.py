"""Charts: where the marks of a drawing stand. Nothing of a catalogue is known here; templates draw them (`charts.html`)."""
