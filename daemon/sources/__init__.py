"""Where frames come from: devices, files, pictures, streams and the built-in demo."""
