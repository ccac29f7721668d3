# The demo itself: three starts in one folder, whose name a shell or sed could take for more than a name.

demo="$work/demo & more|again" data="$work/data #&|1"
servers() { left 'ProsodyEngine|prosody.cfg.lua -F'; }
not_root() {
  local pid
  servers | while read -r pid _; do [ "$(stat -c %u "/proc/$pid")" != 0 ] || return 1; done
}
# each Prosody's last line comes before the first of an engine's end
prosody_ends_first() {
  awk '/^prosody.*Shutdown complete/ { if (engine) late = 1; ended++ } /^engine.*\[Engine\] stopping/ { engine = 1 }
    END { exit !(ended && engine && !late) }' "$log"
}
size() { sh -c "$1" | sed -n 's/.*consistent up to size \([0-9]*\),.*/\1/p'; }
listens() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# three ports that are taken, the last of IPv6 where there is that
exec {ports}< <(exec perl -MIO::Socket::IP -e '$| = 1;
  @held = map { IO::Socket::IP->new(LocalHost => $_, LocalPort => 0, Listen => 1) } "127.0.0.1", "127.0.0.1", "::1";
  print join(" ", map { $_->sockport } grep { $_ } @held), "\n"; sleep')
holder=$!
read -r -u "$ports" port admin_port admin_port_6

# by an admin whose files are for nobody else
start first sh -c 'umask 077; exec "$@"' run "$root/scripts/run" --folder "$demo" --data "$data" --port "$port" --admin-port "$admin_port"
check "scripts/run gets ready" await_ready
check "  … with the data where that was asked for" test -e "$data/log.vkey"
free=$(sed -n "s/^port $port on 127.0.0.1 is taken, using //p" "$log")
free_admin=$(sed -nE "s/^admin port $admin_port is taken, using ([0-9]+) .*/\1/p" "$log")
check "a taken port gives the next free one, printed" test "${free:-0}" -gt "$port"
check "  … which clients are told" has "$log" "server 127.0.0.1, port $free, STARTTLS required"
check "  … and where Prosody listens" listens "$free"
check "a taken admin port too" test "${free_admin:-0}" -gt "$admin_port"
check "there are two servers" equal "$(servers | wc -l)" 2
check "neither runs as root" not_root

mapfile -t commands < <(sed -n '/^Five things/,/^$/s/^  //p' "$log")
answers=('refused: Research and Trading may not' 'No records' 'consistent up to size [0-9]+' 'Hold .* covers' 'Nobody is available')
check "five commands are printed" equal "${#commands[@]}" 5
for number in "${!commands[@]}"; do
  sh -c "${commands[number]}" >"$work/answer" 2>&1
  check "it works: ${commands[number]}" equal $? 0
  check "  … and answers" has "$work/answer" "${answers[number]:-.}"
done
people=$(cat "$demo/people.txt") first_size=$(size "${commands[2]:-false}")

check "SIGTERM ends it with 0" ended_with 0 TERM
check "  … Prosody first" prosody_ends_first
check "  … and nothing is left" nothing_is_left

[ -z "$admin_port_6" ] || sed -i "/^admin:/,/tokens/s/^  listen: .*/  listen: '[::1]:$admin_port_6'/" "$demo/chancery.yaml"
start second "$root/scripts/run" --folder "$demo" --port "$free"
check "a second start gets ready" await_ready
[ -z "$admin_port_6" ] || check "  … with the next free admin port, of IPv6" has "$log" "^admin port $admin_port_6 is taken, using"
kill "$holder"
holder=
check "  … with the same passwords" equal "$(cat "$demo/people.txt")" "$people"
check "  … with the same holds" sh -c "'$demo/chancery' --as records-officer hold list | grep -q demo"
check "  … with the same log, gone on" test "$(size "${commands[2]:-false}")" -gt "${first_size:-999999999}"

second=$script
start beside "$root/scripts/run" --folder "$demo" --port "$free"
check "another one in the same folder waits" await_line "are still there; waiting"
check "  … until it is interrupted" ended_with 130 INT
script=$second log=$work/second.log

check "SIGKILL ends it" ended_with 137 KILL
start third "$root/scripts/run" --folder "$demo" --port "$free"
check "the next start, at once, gets ready" await_ready
check "  … after the servers of the killed one have ended by themselves" equal "$(servers | wc -l)" 2
check "  … Prosody cleanly" has "$work/second.log" 'prosody .*Shutdown complete'
check "  … the engine cleanly" has "$work/second.log" 'engine .*\[Engine\] stopped'
check "  … with the same ports" has_not "$log" 'is taken'
check "Ctrl-C ends it with 0" ended_with 0 INT
check "  … Prosody first" prosody_ends_first
check "  … and nothing is left" nothing_is_left

sed 's/^archive:/arkive:/' "$demo/chancery.yaml" >"$demo/wrong.yaml"
start wrong "$root/scripts/run" --folder "$demo" --config "$demo/wrong.yaml" --port "$free"
check "a wrong config ends it with 1" ended_with 1
check "  … and is told with its place" has "$log" "wrong.yaml:$(grep -n arkive "$demo/wrong.yaml" | cut -d : -f 1):1"
check "  … and nothing is left" nothing_is_left

cp "$demo/chancery.yaml" "$work/elsewhere.yaml"
refuses "$work/elsewhere.yaml: node: keystore-password-file: found $work/secrets/keystore-password, which isn't there; allowed: a file that is, or \
$demo/secrets/keystore-password, which the demo makes" --folder "$demo" --config "$work/elsewhere.yaml"
check "  … and has made nothing beside that config" test ! -e "$work/keys"
sed -i "s|: secrets/|: $(sed 's/[&|]/\\&/g' <<<"$demo")/secrets/|" "$work/elsewhere.yaml"
refuses "$work/elsewhere.yaml: link: listen: found $work/link/engine.sock, allowed: a socket in a folder that is there, or in $demo/link" \
  --folder "$demo" --config "$work/elsewhere.yaml"
sed -i 's|^  data:|  date:|' "$work/elsewhere.yaml"
refuses "$work/elsewhere.yaml: node: data: found nothing, allowed: a path, on a line of its own below node:" \
  --folder "$demo" --config "$work/elsewhere.yaml"
