"""The command: verbs over the hall and the service."""
