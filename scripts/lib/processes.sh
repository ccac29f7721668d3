# Two long-running programs, one readable log, one clean end.

declare -A process_of=() log_of=()

# start_process NAME USER COMMAND… runs it in a session of its own, so that Ctrl-C reaches this script alone, which then stops
# things in order. Its lines go to standard output with the name in front.
start_process() {
  local name=$1 pipe
  user_command "$2"
  shift 2
  exec {pipe}> >(exec setsid sed -u "s/^/$(printf '%-*s' "${label_width:-8}" "$name")| /")
  log_of[$name]=$!
  setsid "${prefix[@]}" "$@" >&"$pipe" 2>&1 {pipe}>&- </dev/null &
  process_of[$name]=$!
  exec {pipe}>&-
}

process_runs() { [ -n "${process_of[$1]:-}" ] && kill -0 "${process_of[$1]}" 2>/dev/null; }

# stop_process NAME [SECONDS] asks it to end, waits, and kills it if it does not
stop_process() {
  local name=$1 pid=${process_of[$1]:-} limit=${2:-30} waited=0
  [ -n "$pid" ] || return 0
  kill -TERM "$pid" 2>/dev/null
  while kill -0 "$pid" 2>/dev/null; do
    if [ "$waited" -ge $((limit * 10)) ]; then
      warn "$name did not stop within $limit s and is killed"
      kill -KILL "$pid" 2>/dev/null
      break
    fi
    sleep 0.1
    waited=$((waited + 1))
  done
  wait "$pid" "${log_of[$name]}" 2>/dev/null
  unset "process_of[$name]" "log_of[$name]"
}

# await_condition SECONDS NAME COMMAND… waits until the command succeeds; gives up when the process NAME ends
await_condition() {
  local limit=$1 name=$2 waited=0
  shift 2
  until "$@"; do
    process_runs "$name" || return 1
    [ "$waited" -lt $((limit * 10)) ] || return 1
    sleep 0.1
    waited=$((waited + 1))
  done
}
