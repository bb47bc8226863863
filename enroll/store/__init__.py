"""The only place that writes templates, and what protects them."""
