# Debian packages: which are missing, and installing them.

is_root() { [ "$(id -u)" = 0 ]; }

package_installed() { [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

# missing_packages NAME… prints those that are not installed
missing_packages() {
  local name
  for name in "$@"; do package_installed "$name" || printf '%s\n' "$name"; done
}

# jdk_and_maven prints the packages that are needed for them; a JDK or Maven that is there in another way will do
jdk_and_maven() {
  command -v javac >/dev/null || printf 'openjdk-17-jdk-headless\n'
  command -v mvn >/dev/null || printf 'maven\n'
}

# download_packages NAME… can be broken off at any time
download_packages() {
  local get=(apt-get install --download-only "${apt_options[@]}" "$@")
  # package lists may be absent or too old: the second try has new ones
  begin "${get[@]}" >/dev/null 2>&1
  finish && return
  say "fetching new package lists …"
  begin apt-get update -q >/dev/null
  finish || fail "apt-get update failed; run it by hand to see why"
  begin "${get[@]}" >/dev/null
  finish || fail "apt-get install $* failed; run it by hand to see why"
}

# install_packages NAME… installs what is missing; without root it names the one command to type and ends the script
install_packages() {
  local missing
  mapfile -t missing < <(missing_packages "$@"; jdk_and_maven)
  [ ${#missing[@]} -gt 0 ] || return 0
  is_root || fail "packages are missing; type: sudo apt-get install --no-install-recommends ${missing[*]}"
  say "installing by apt: ${missing[*]}"
  download_packages "${missing[@]}"
  # In front, where bash acts upon a signal afterwards: apt and what belongs to it is done as a whole.
  setsid --wait "$root/scripts/lib/install" "${missing[@]}" || fail "apt-get install ${missing[*]} failed; run it by hand to see why"
}

apt_options=(-y -q --no-install-recommends -o Dpkg::Use-Pty=0)
export DEBIAN_FRONTEND=noninteractive
