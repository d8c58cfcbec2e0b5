"""Workbooks: periodic reports made of queries on a release, and forms to fill in."""
