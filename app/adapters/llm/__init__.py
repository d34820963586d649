"""Chat models behind a network, whoever asks them: readers of pictures, taggers.

Nothing is imported here: the process that decodes needs neither SDK nor HTTP.
"""
