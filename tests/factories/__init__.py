"""Builders that tests share, one module for each subject.

Each builder asks for the values that a test is about, takes others by keyword, and fills in the rest. A builder that
means something to one test file alone stays in that file.
"""
