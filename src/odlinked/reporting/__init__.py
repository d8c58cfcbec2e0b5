"""Periodic reports: workbooks made of questions put to a release."""
