"""The workshop: data, training and measurement of one's own networks. Nothing that recognises
imports it.
"""
