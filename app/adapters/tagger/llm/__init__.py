"""The paid tagger: a chat model that costs tokens for each answer.

Imports nothing: a process that tags locally needs neither SDK nor HTTP.
"""
