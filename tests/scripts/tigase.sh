# scripts/run --host tigase with a real Tigase, put together as an installed one from what Maven has.

# make_tigase_home FOLDER fails where something of it is not there
make_tigase_home() {
  local from=$HOME/.m2/repository name jar
  mkdir -p "$1/jars"
  for name in tigase/tigase-{server/8.4,utils/4.4,xmltools/4.3,muc/3.4} org/apache/derby/derby{,shared,tools}/10.15 \
    org/codehaus/groovy/groovy{,-json,-jsr223,-templates,-xml}/3; do
    jar=$(compgen -G "$from/$name.*/*.jar" | sort -V | tail -1)
    [ -n "$jar" ] || { missing=$name; return 1; }
    cp "$jar" "$1/jars/$(sed -E 's/-[0-9.]+\.jar$/.jar/' <<<"${jar##*/}")"
    (cd "$1" && jar --extract --file "$jar" database)
  done
}

tigase_demo() {
  local home=$work/tigase-home tigase=$work/tigase-demo before people first_size number
  make_tigase_home "$home" || { printf '\n*** NOT TESTED: scripts/run --host tigase. Maven has no %s of a Tigase here. ***\n\n' "$missing"; return; }
  before=$(cd "$home" && find . -type f -exec sha256sum {} + | sort)

  start tigase-first "$root/scripts/run" --host tigase --tigase-home "$home" --folder "$tigase"
  check "scripts/run --host tigase gets ready" await_ready
  check "there is one server" equal "$(tigases | wc -l)" 1
  check "  … not run by root" not_by_root "$(tigases)"
  check "  … on loopback alone" equal "$(listening "$(tigases)")" ""
  check "five commands are printed" commands_work
  check "people log in as printed, and read why they are refused" refused_with_reason "$tigase"
  people=$(cat "$tigase/people.txt") first_size=$(size "${commands[2]:-false}")
  check "SIGTERM ends it with 0" ended_with 0 TERM
  check "  … and nothing is left" nothing_is_left

  printf '  - {jid: frida@localhost, name: Frida, department: office, roles: [employee]}\n' >"$work/frida"
  sed -i "/jid: emma@localhost/r $work/frida" "$tigase/chancery.yaml"
  start tigase-second "$root/scripts/run" --host tigase --tigase-home "$home" --folder "$tigase"
  check "a second start gets ready" await_ready
  check "  … with the same passwords, and one for who is new" equal "$(grep -v '^frida@' "$tigase/people.txt") $(grep -c '^frida@' "$tigase/people.txt")" "$people 1"
  check "  … with the same log, gone on" test "$(size "${commands[2]:-false}")" -gt "${first_size:-999999999}"
  check "SIGKILL ends it" ended_with 137 KILL
  start tigase-third "$root/scripts/run" --host tigase --tigase-home "$home" --folder "$tigase"
  check "the next start, at once, gets ready" await_ready
  check "Ctrl-C ends it with 0" ended_with 0 INT
  check "  … and nothing is left" nothing_is_left
  check "what was installed is as it was" equal "$(cd "$home" && find . -type f -exec sha256sum {} + | sort)" "$before"

  sed -i 's/^archive:/arkive:/' "$tigase/chancery.yaml"
  start tigase-wrong "$root/scripts/run" --host tigase --tigase-home "$home" --folder "$tigase"
  check "a wrong config ends it with 1" ended_with 1
  check "  … and is told with its place" has "$log" "chancery.yaml:$(grep -n arkive "$tigase/chancery.yaml" | cut -d : -f 1):1"
  check "  … and nothing is left" nothing_is_left
  refuses "$tigase is of a demo with --host tigase: choose another --folder" --folder "$tigase"
}

tigases() { left 'tigase.server.XMPPServer' | cut -d ' ' -f 1; }
not_by_root() { [ "$(stat -c %u "/proc/$1")" != 0 ] || [ "$(id -u)" != 0 ]; }

# listening PID prints where it listens, but for 127.0.0.1 as the kernel writes it, in IPv4 and mapped to IPv6
listening() {
  local inodes
  inodes=$(find "/proc/$1/fd" -lname 'socket:*' -printf '%l\n' | tr -dc '0-9\n')
  awk '$4 == "0A" { print $10, $2 }' /proc/net/tcp /proc/net/tcp6 | grep -wF "$inodes" | grep -vE ' (0{16}FFFF0000)?0100007F:'
}

commands_work() {
  mapfile -t commands < <(sed -n '/^Five things/,/^$/s/^  //p' "$log")
  equal "${#commands[@]}" 5 || return
  for number in "${!commands[@]}"; do
    sh -c "${commands[number]}" >"$work/answer" 2>&1 && has "$work/answer" "${answers[number]}" || return
  done
}

# refused_with_reason FOLDER logs Ada in over TLS, trusting the demo's authority alone, and has her write to Clara
refused_with_reason() {
  local try
  for try in 1 2 3 4; do # a Tigase spoils about one TLS handshake in a hundred
    log_in_and_write "$1" && return
    [ $? = 2 ] || return 1
  done
  return 1
}

# log_in_and_write FOLDER returns 2 where there is no stream over TLS
log_in_and_write() {
  local port stream password status=2
  port=$(sed -nE 's/^Log in .*port ([0-9]+), STARTTLS.*/\1/p' "$log")
  password=$(sed -n 's/^ada@localhost //p' "$1/people.txt")
  stream="<stream:stream to='localhost' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>"
  coproc client { openssl s_client -quiet -verify_return_error -verify_hostname localhost -CAfile "$1/certificates/authority.crt" \
    -connect "127.0.0.1:$port" -starttls xmpp -xmpphost localhost 2>&1; }
  exec {from}<&"${client[0]}" {to}>&"${client[1]}"
  if tell "$stream" '</stream:features>'; then
    tell "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>$(printf '\0ada\0%s' "$password" | base64)</auth>" '<success' \
      && tell "$stream" '</stream:features>' \
      && tell "<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>" '</iq>' \
      && tell "<message to='clara@localhost' type='chat' id='m'><body>psst</body></message>" 'Research and Trading may not'
    status=$?
  fi
  exec {to}>&- {from}<&-
  return "$status"
}
# tell STANZA UNTIL sends it and reads until that has come
tell() {
  local said='' character
  printf '%s' "$1" >&"$to"
  until [[ $said == *"$2"* ]]; do
    IFS= read -r -N 1 -t "$limit" -u "$from" character || { printf '  not said: %s\n  said: %s\n' "$2" "$said"; return 1; }
    said+=$character
  done
}

tigase_demo
