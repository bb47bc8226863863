# shellcheck shell=bash
# Sourced: a bare Debian in the folder `container`, and commands inside it. Root; needs debootstrap
# and systemd-nspawn.
#
# It gets what this machine needs to reach the package registries (apt sources, pip's configuration,
# certificates) and nothing else.

# check_container_tools [TOOL...]: what a container needs, and these.
check_container_tools() {
    local tool
    [ "$EUID" -eq 0 ] || die "only root can make a container"
    for tool in debootstrap systemd-nspawn "$@"; do
        command -v "$tool" >/dev/null || die "$tool is missing: apt-get install $tool"
    done
}

# make_container SUITE: Debian with Python and nothing else, in the folder `container`.
make_container() {
    local script=()
    # A suite that this machine's debootstrap has not heard of is made as the newest one is.
    [ -e "/usr/share/debootstrap/scripts/$1" ] || script=("" /usr/share/debootstrap/scripts/sid)
    debootstrap --variant=minbase --include=python3,ca-certificates "$1" "$container" "${script[@]}" >/dev/null
    carry_configuration "$1"
}

# How this machine reaches the registries, whatever it is. Sources of another suite are the mirror's
# own, as debootstrap wrote them.
carry_configuration() {
    local file
    local files=(/etc/apt/auth.conf.d /etc/pip.conf /etc/ssl/certs/ca-certificates.crt)
    if grep -qs "VERSION_CODENAME=$1" /etc/os-release; then
        files+=(/etc/apt/sources.list /etc/apt/sources.list.d)
    fi
    for file in "${files[@]}"; do
        if [ -e "$file" ]; then
            rm -rf -- "${container:?}$file"
            mkdir -p -- "$(dirname -- "$container$file")"
            cp -a -- "$(readlink -f "$file")" "$container$file"
        fi
    done
    apt-config dump | grep '^Acquire::' >"$container/etc/apt/apt.conf.d/90machine" || true
}

# What of this machine's environment and folders the registries need, found once.
find_carried() {
    [ -z "${carried+set}" ] || return 0
    mapfile -t carried < <(env | grep -iE '^(pip_[a-z_]*|ssl_cert_[a-z]*|[a-z]*_proxy)=')
    mapfile -t local_indexes < <(
        python3 -m pip config list | grep -oE "(file://)?/[^ ']+" | sed 's#^file://##' |
            while read -r path; do if [ -d "$path" ]; then dirname "$path"; fi; done | sort -u
    )
}

# inside USER FOLDER COMMAND...: with nothing in its environment but what the registries need.
# `shown` are more options of systemd-nspawn, such as --bind-ro.
inside() {
    local user=$1 folder=$2 index binds=()
    shift 2
    find_carried
    for index in ${local_indexes[@]+"${local_indexes[@]}"}; do binds+=("--bind-ro=$index"); done
    SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=0 systemd-nspawn --quiet --directory="$container" \
        --machine="facelatch-$$" --register=no --keep-unit --pipe --resolv-conf=copy-host "${binds[@]}" \
        ${shown[@]+"${shown[@]}"} --user="$user" --chdir="$folder" \
        /usr/bin/env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
        HOME="$([ "$user" = root ] && echo /root || echo "/home/$user")" \
        ${carried[@]+"${carried[@]}"} "$@" </dev/null
}
