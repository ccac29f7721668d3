# Debian packages: which are missing, and installing them without starting a server.

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

apt_install() {
  local options=(-y -q --no-install-recommends -o Dpkg::Use-Pty=0)
  # package lists may be absent or too old: the second try has new ones
  DEBIAN_FRONTEND=noninteractive apt-get install "${options[@]}" "$@" >/dev/null 2>&1 && return
  say "fetching new package lists …"
  apt-get update -q >/dev/null || fail "apt-get update failed; run it by hand to see why"
  DEBIAN_FRONTEND=noninteractive apt-get install "${options[@]}" "$@" >/dev/null \
    || fail "apt-get install $* failed; run it by hand to see why"
}

# Runs a command while a policy forbids packages to start their servers (see invoke-rc.d(8)). A policy that is there stays.
without_starting_servers() {
  local policy=/usr/sbin/policy-rc.d status=0
  [ ! -e "$policy" ] || { "$@"; return; }
  printf '#!/bin/sh\nexit 101\n' >"$policy" && chmod 755 "$policy"
  ("$@") || status=$?
  rm -f "$policy"
  return "$status"
}

# install_packages NAME… installs what is missing; without root it names the one command to type and ends the script
install_packages() {
  local missing
  mapfile -t missing < <(missing_packages "$@"; jdk_and_maven)
  [ ${#missing[@]} -gt 0 ] || return 0
  is_root || fail "packages are missing; type: sudo apt-get install --no-install-recommends ${missing[*]}"
  say "installing by apt: ${missing[*]}"
  if [[ " ${missing[*]} " == *" postgresql "* ]]; then
    install_postgresql_binaries
  fi
  without_starting_servers apt_install "${missing[@]}"
  if [[ " ${missing[*]} " == *" prosody "* ]]; then
    disable_new_prosody
  fi
}

# A Prosody that apt has just brought must neither run nor start at the next boot; one that was there is never touched.
disable_new_prosody() {
  service prosody stop >/dev/null 2>&1 || true
  update-rc.d prosody disable >/dev/null 2>&1 || true
  say "the system's own Prosody service, new with the package, is stopped and disabled"
}

# The tests want PostgreSQL's programs, not a cluster that listens on this machine.
install_postgresql_binaries() {
  local conf=/etc/postgresql-common/createcluster.conf
  package_installed postgresql-common || without_starting_servers apt_install postgresql-common
  cp -p "$conf" "$conf.chancery"
  sed -i '/^#\?create_main_cluster/d' "$conf" && printf 'create_main_cluster = false\n' >>"$conf"
  without_starting_servers apt_install postgresql || { mv "$conf.chancery" "$conf"; return 1; }
  mv "$conf.chancery" "$conf"
}
