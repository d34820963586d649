"""Vision by paid models: remote_vision in factory.py.

Nothing is imported here: the process that decodes needs neither SDK nor HTTP.
"""
