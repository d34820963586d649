"""Clients of chat models behind a network, shared by vision providers and taggers.

Imports nothing: the process that decodes needs neither SDK nor HTTP.
"""
