"""From published weights to LiteRT networks. The workshop: nothing that recognises imports this."""
