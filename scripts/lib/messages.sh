# shellcheck shell=bash
# Sourced: how the scripts speak to a person. Everything goes to stderr, stdout is the command's.

say() {
    printf '%s: %s\n' "${0##*/}" "$1" >&2
}

# die MESSAGE [HINT]: one line saying what is wrong and what to do.
die() {
    say "$1${2:+; $2}"
    exit 1
}
