"""Tags by a chat model that is paid for each answer.

Nothing is imported here: whoever tags locally needs neither SDK nor HTTP.
"""
