"""From files to the next state of a catalogue: tables bound to forms, rows with their outcomes, changes; nothing is written."""
