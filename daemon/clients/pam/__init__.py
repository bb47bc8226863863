"""What pam_exec runs: waits for nothing but the service, says one line, ends in time.

Standard library alone, and none of it before what was typed is known to be empty: a password that
is typed at once must not wait for the start of a Python program.
"""
