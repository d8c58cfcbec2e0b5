"""The web service: pages, content negotiation, feeds and the SPARQL endpoint over a workspace's current release."""
