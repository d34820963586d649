"""Forgetting posts, files and channels: the thing that an operator names, the plan, and the act."""
