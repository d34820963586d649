"""Vision by paid models: gigachat_vision in gigachat.py, openai_vision in openai.py.

Nothing is imported here: the process that decodes needs neither SDK nor HTTP.
"""
