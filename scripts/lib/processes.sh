# Long-running programs: ended by signals at once and in order, their output in one readable log.

# What is started behind this prefix has a session of its own, so that a terminal's Ctrl-C reaches this script alone, and gets
# SIGTERM when this script dies, by whatever means. The kernel sends it (prctl(2), PR_SET_PDEATHSIG); it is asked last, because a
# change of user would end that, and once asked, a look at the parent tells whether the script has died before.
tied=(setsid setpriv --pdeathsig TERM -- sh -c '[ "$PPID" = "$0" ] && exec "$@"' "$$")

# on_signal FUNCTION calls it on Ctrl-C, SIGTERM and SIGHUP with the exit status that tells which
on_signal() {
  trap "$1 129" HUP
  trap "$1 130" INT
  trap "$1 143" TERM
}

# Nothing disturbs what is done from here on: neither an impatient second signal nor a reader of the output that has gone.
ignore_signals() { trap '' HUP INT TERM PIPE; }

# begin COMMAND… runs it tied, with all that it starts in turn; finish waits for it and gives its status. A signal to this script is
# acted upon at once, where bash would wait for the end of a command in front. Output goes elsewhere while it begins, not while it
# runs: what a signal has this script say is for whoever reads it.
begun=
begin() {
  "${tied[@]}" sh -c 'trap "trap - TERM; kill -TERM 0" TERM; "$@" & wait $!' begun "$@" </dev/null &
  begun=$!
}
finish() {
  local status
  wait "$begun"
  status=$?
  begun=
  return "$status"
}
break_off() { [ -z "$begun" ] || end_group "$begun" "the command in progress" 30; }

# end_group PID NAME SECONDS asks the session of that process to end, waits, and kills what is left of it then
end_group() {
  local pid=$1 name=$2 limit=$3 waited=0
  kill -TERM -- "-$pid" 2>/dev/null || kill -TERM "$pid" 2>/dev/null # for a moment it has no session yet
  while group_runs "$pid"; do
    if [ "$waited" -ge $((limit * 10)) ]; then
      warn "$name did not stop within $limit s and is killed"
      kill -KILL -- "-$pid" 2>/dev/null
      return
    fi
    sleep 0.1
    waited=$((waited + 1))
  done
}

# Zombies don't count: in a container nobody may ever ask how an orphan has ended. Each return names its status, because without
# one it would give, in what a trap calls, the status from before the trap.
group_runs() {
  local file stat
  kill -0 -- "-$1" 2>/dev/null || return 1
  for file in /proc/[0-9]*/stat; do
    { read -r stat <"$file"; } 2>/dev/null || continue
    stat=${stat##*) } # behind the name: state, parent, group
    [[ $stat =~ ^[^ZX]\ [0-9]+\ $1\  ]] && return 0
  done
  return 1
}

declare -A process_of=() log_of=()

# start_process NAME USER COMMAND… runs it tied. Its lines go to standard output with the name in front, but for those that match
# `hidden_lines`; what puts it there ends when the last who writes to it has ended.
start_process() {
  local name=$1 pipe
  user_command "$2"
  shift 2
  exec {pipe}> >(exec setsid sed -u -e "${hidden_lines:+/$hidden_lines/d;}" -e "s/^/$(printf '%-*s' "${label_width:-8}" "$name")| /")
  log_of[$name]=$!
  "${prefix[@]}" "${tied[@]}" "$@" >&"$pipe" 2>&1 {pipe}>&- </dev/null &
  process_of[$name]=$!
  exec {pipe}>&-
}

process_runs() { [ -n "${process_of[$1]:-}" ] && kill -0 "${process_of[$1]}" 2>/dev/null; }

# stop_process NAME [SECONDS] ends it, and waits until its last line is written
stop_process() {
  local name=$1 pid=${process_of[$1]:-}
  [ -n "$pid" ] || return 0
  end_group "$pid" "$name" "${2:-30}"
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
