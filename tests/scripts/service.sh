# The systemd unit: each line is one that systemd knows, and an engine that starts before what it needs is there is never given up.

unit=$root/config/systemd/chancery.service
if command -v systemd-analyze >/dev/null; then
  sed 's|^ExecStart=[^ ]*|ExecStart=/bin/true|' "$unit" >"$work/chancery.service" # Java may be elsewhere here
  check "systemd finds nothing wrong with the unit" equal "$(systemd-analyze verify "$work/chancery.service" 2>&1)" ""
else
  printf '\n*** NOT TESTED: whether systemd takes the unit. There is no systemd-analyze here. ***\n\n'
fi
check "  … which sets no limit to starts" has "$unit" '^StartLimitIntervalSec=0$'
check "  … but for a config that is refused" has "$unit" '^RestartPreventExitStatus=78$'
check "  … and begins them when there is a network, and after a database that is there" has "$unit" '^After=network-online.target postgresql.service$'
