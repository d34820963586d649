"""Names in sentences: which words are names, their forms in other cases, and their forms in the other script."""
