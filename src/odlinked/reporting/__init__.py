"""Periodic reports: workbooks made of queries on a release."""
