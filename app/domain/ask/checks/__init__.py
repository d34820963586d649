"""The checks on a sentence of an answer: each gives its reason to drop the sentence, or None if the sentence passes."""
