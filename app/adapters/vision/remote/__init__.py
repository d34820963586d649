"""Vision by paid models; factory.py makes the provider.

Imports nothing: the process that decodes needs neither SDK nor HTTP.
"""
