# scripts/run --demo-cluster: two domains on two servers with an engine each.

cluster=$work/cluster
both_are_members() { sh -c "'$cluster/alpha/chancery' --as administrator cluster" | grep -c '127\.0\.0\.1:' | grep -qx 2; }

start cluster sh -c 'umask 077; exec "$@"' run "$root/scripts/run" --demo-cluster --folder "$cluster"
check "scripts/run --demo-cluster gets ready" await_ready
check "there are four servers" equal "$(servers | wc -l)" 4
check "none runs as root" not_root
mapfile -t commands < <(sed -n '/^Five things/,/^$/s/^  //p' "$log")
check "five commands are printed" equal "${#commands[@]}" 5
for number in "${!commands[@]}"; do
  sh -c "${commands[number]}" >"$work/answer" 2>&1
  check "it works: ${commands[number]}" equal $? 0
  check "  … and answers" has "$work/answer" "${answers[number]:-.}"
done
check "the engines are one cluster" both_are_members
check "SIGKILL ends it" ended_with 137 KILL

start cluster-again "$root/scripts/run" --demo-cluster --folder "$cluster"
check "the next start, at once, gets ready" await_ready
check "  … after the servers of the killed one have ended by themselves" equal "$(servers | wc -l)" 4
check "  … with the same addresses" equal "$(grep 'Log in' "$log")" "$(grep 'Log in' "$work/cluster.log")"
check "Ctrl-C ends it with 0" ended_with 0 INT
check "  … every Prosody first" prosody_ends_first
check "  … and nothing is left" nothing_is_left
