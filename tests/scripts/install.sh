# scripts/lib/install where apt fails half-way, with programs that only note what they are asked, and an empty folder as /usr/sbin.

install_half() {
  local debian=$work/debian sbin=$work/sbin name
  mkdir -p "$debian" "$sbin"
  printf '#!/bin/sh\ncase "$*" in *prosody*) printf installed;; esac\n' >"$debian/dpkg-query"
  printf '#!/bin/sh\ncp -p /usr/sbin/policy-rc.d "%s/meanwhile"\nexit 100\n' "$work" >"$debian/apt-get"
  for name in service update-rc.d; do printf '#!/bin/sh\necho "%s $*" >>"%s/asked"\n' "$name" "$work" >"$debian/$name"; done
  chmod 755 "$debian"/*

  # breaks_off NAME
  breaks_off() {
    : >"$work/asked"
    start "$1" unshare --mount sh -c 'mount --bind "$0" /usr/sbin && exec "$@"' "$sbin" \
      env PATH="$debian:$PATH" "$root/scripts/lib/install" prosody prometheus
    check "an installation that fails half-way ends with 1" ended_with 1
    check "  … no server that it has brought stays, and nothing else is touched" equal "$(cat "$work/asked")" \
      $'service prosody stop\nupdate-rc.d prosody disable'
  }
  breaks_off half
  check "  … none could start meanwhile" equal "$("$work/meanwhile"; echo $?)" 101
  check "  … and that policy is gone" test ! -e "$sbin/policy-rc.d"
  cp "$work/meanwhile" "$sbin/policy-rc.d"
  breaks_off killed-before
  check "  … also where one before it was killed" test ! -e "$sbin/policy-rc.d"
  printf '#!/bin/sh\nexit 101\n' >"$sbin/policy-rc.d"
  breaks_off own-policy
  check "  … but the admin's own stays" equal "$(cat "$sbin/policy-rc.d")" $'#!/bin/sh\nexit 101'
}

if unshare --mount true 2>/dev/null; then
  install_half
else
  printf '\n*** NOT TESTED: an installation that fails half-way. That needs root, and a mount namespace. ***\n\n'
fi
