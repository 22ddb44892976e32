"""The bodies of HTTP requests and responses.

A request with an unknown field is refused.
"""
