"""The paid answerer: a chat model that costs tokens for each answer.

Imports nothing: a process that answers with sentences of the archive needs neither SDK nor HTTP.
"""
