# Sourced by every set-up script: strict shell, the checkout's root as working folder, and the
# few words they share. All they make lies in .tools/; apt is the only thing they change outside.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
root=$PWD

say() { printf 'set-up: %s\n' "$*" >&2; }

fail() {
  printf '\nset-up stopped: %s\n' "$*" >&2
  exit 1
}

has() { command -v "$1" >/dev/null 2>&1; }

as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  elif ! has sudo; then
    return 1
  elif [ -t 0 ]; then
    sudo "$@"
  else
    sudo -n "$@" # nobody is there to type a password
  fi
}

# Installs Debian packages; a non-zero result leaves it to the caller to say what is needed.
# --no-remove: what the person has installed is theirs, so a conflict is a failure, not a swap.
apt_install() {
  local apt=(env DEBIAN_FRONTEND=noninteractive apt-get -qq -o Acquire::Retries=3 -o DPkg::Lock::Timeout=300)
  has apt-get || return 1
  say "installing with apt: $*"
  as_root "${apt[@]}" update </dev/null >&2 || say "apt's lists could not be refreshed; going on with those at hand"
  as_root "${apt[@]}" -y --no-install-recommends --no-remove -o Dpkg::Use-Pty=0 install "$@" </dev/null >&2
}

# Prints the version that Cargo.lock holds of a crate.
locked_version() {
  awk -v name="name = \"$1\"" '$0 == name { getline; gsub(/[^0-9.]/, ""); print; exit }' Cargo.lock
}
