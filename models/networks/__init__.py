"""The networks, written in Keras. The workshop: nothing that recognises imports this."""
