"""Commands of the workshop: data sets, training, trying out."""
