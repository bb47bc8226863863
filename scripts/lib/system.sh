# shellcheck shell=bash disable=SC2154 # `root` is set in environment.sh
# Sourced: finds a Python that will do, and the Debian packages that pip cannot bring.

oldest_python=11 # minor version, as in pyproject.toml
newest_python=14
newest_of_workshop=13 # the newest that TensorFlow has a release for

# find_python KIND: sets `python` to $PYTHON if given, else to the distribution's own, else to the
# first on the path that will do. The distribution's has its PyGObject, without which there are no
# windows, and is compiled for speed: one that was built on the machine takes half as long again.
find_python() {
    local candidate minor newest=$newest_python
    if [ "$1" != run ]; then newest=$newest_of_workshop; fi
    for candidate in ${PYTHON:+"$PYTHON"} $(distribution_python) python3 python3.{14,13,12,11}; do
        minor=$("$candidate" -c 'import sys; print(sys.version_info[1])' 2>/dev/null) || continue
        if [ "$minor" -ge "$oldest_python" ] && [ "$minor" -le "$newest" ]; then
            python=$candidate
            return
        fi
    done
    die "Python 3.$oldest_python to 3.$newest is needed, here is $(python3 --version 2>/dev/null || echo none)" \
        "install one and name it: PYTHON=/path/to/python3 $0"
}

# Where it makes environments, or can be given what it lacks for that.
distribution_python() {
    local own=/usr/bin/python3
    if "$own" -c 'import ensurepip' 2>/dev/null || { [ -x "$own" ] && can_install; }; then echo "$own"; fi
}

can_install() { [ "$EUID" -eq 0 ] && command -v apt-get >/dev/null; }

# What is missing is installed when root. Otherwise the line to type is printed, and only what
# Facelatch cannot start without stops it.
ensure_system_packages() {
    local missing needed tests=''
    [ "$1" = dev ] && tests=--tests
    missing=$("$python" "$root/scripts/lib/missing_packages.py" $tests)
    needed=$("$python" "$root/scripts/lib/missing_packages.py" --needed)
    [ -n "$missing" ] || return 0
    if can_install; then
        apt_install "$missing" || [ -z "$needed" ] || die "apt-get could not install: $needed"
        return
    fi
    say "Debian packages are missing; type:"
    printf '  sudo apt-get update && sudo apt-get install -y --no-install-recommends %s\n' "$missing" >&2
    [ -z "$needed" ] || die "Facelatch cannot run without: $needed"
    say "continuing without"
}

# What boots a machine in a container. Where it cannot be had, the tests say so and are skipped.
ensure_machine_packages() {
    if command -v debootstrap >/dev/null && command -v systemd-nspawn >/dev/null; then return; fi
    if can_install; then
        apt_install "debootstrap systemd-container dbus" || say "no machine can be booted here"
    fi
}

# What emulates a machine with cameras, beside what boots one in a container.
ensure_camera_packages() {
    ensure_machine_packages
    if command -v qemu-system-x86_64 >/dev/null && command -v qemu-img >/dev/null; then return; fi
    if can_install; then
        apt_install "qemu-system-x86 qemu-utils e2fsprogs openssh-client python3-venv" ||
            say "no machine can be emulated here"
    fi
}

apt_install() {
    local -x DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8
    say "installing Debian packages: $1"
    apt-get update -q >&2
    # Another apt may be at work, as on a machine that has just started.
    # shellcheck disable=SC2086 # a list of words
    apt-get install -qy --no-install-recommends -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=300 $1 >&2
}
