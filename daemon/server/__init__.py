"""The bus object and the handlers of its methods."""
