# Free TCP ports.

port_is_taken() { (exec 3<>"/dev/tcp/$1/$2") 2>/dev/null; }

# free_port ADDRESS PORT prints that port or the next free one
free_port() {
  local port=$2
  while port_is_taken "$1" "$port"; do
    port=$((port + 1))
    [ "$port" -lt 65536 ] || fail "no free port on $1 from $2 upwards"
  done
  printf '%s\n' "$port"
}
