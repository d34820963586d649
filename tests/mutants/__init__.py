"""Mutation testing: small damages to the code, one at a time, and whether the tests of its room notice."""
