# The demo itself: three starts in one folder.

demo=$work/demo
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

# two ports that are taken
exec {ports}< <(exec perl -MIO::Socket::INET -e '$| = 1;
  @held = map { IO::Socket::INET->new(LocalAddr => "127.0.0.1", LocalPort => 0, Listen => 1) } 1 .. 2;
  print join(" ", map { $_->sockport } @held), "\n"; sleep')
holder=$!
read -r -u "$ports" port admin_port

start first "$root/scripts/run" --folder "$demo" --port "$port" --admin-port "$admin_port"
check "scripts/run gets ready" await_ready
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
kill "$holder"
holder=

start second "$root/scripts/run" --folder "$demo" --port "$free"
check "a second start gets ready" await_ready
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
