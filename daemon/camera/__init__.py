"""The camera's thread: when it is open, how fast it reads, the jobs that it serves."""
