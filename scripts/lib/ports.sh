# Free TCP ports.

# tcp ADDRESS PORT prints bash's name of it; an IPv6 address may be in brackets, as before a port
tcp() {
  local address=${1#[}
  printf '/dev/tcp/%s/%s\n' "${address%]}" "$2"
}

port_is_taken() { (exec 3<>"$(tcp "$1" "$2")") 2>/dev/null; }

# free_port ADDRESS PORT prints that port or the next free one
free_port() {
  local port=$2
  while port_is_taken "$1" "$port"; do
    port=$((port + 1))
    [ "$port" -lt 65536 ] || fail "no free port on $1 from $2 upwards"
  done
  printf '%s\n' "$port"
}
