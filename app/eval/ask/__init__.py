"""Scores answers to labelled questions: their citations, the facts they give, and the questions they refuse."""
