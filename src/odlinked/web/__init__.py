"""The public face: pages, content negotiation, feeds and the SPARQL endpoint over a workspace's current release."""
