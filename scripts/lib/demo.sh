# The two demos: one server, or two that federate and share presence. Reads what scripts/run has set.

nodes=()
declare -A node_folder=() node_config=() node_domain=() node_address=() node_client_port=() node_admin=()

# literally TEXT prints it as the right side of sed's s|…|…|
literally() { sed 's/[&|\\]/\\&/g' <<<"$1"; }

# first_config TEMPLATE TARGET SED-SCRIPT writes a config once; later only its owner changes it
first_config() {
  local no_group=
  [ ! -f "$2" ] || return 0
  # Prosody and the engine share one user without root, so there is no group to hand the socket to
  is_root || no_group='/^  group: /d'
  # The editor's schema line leads from the copy back to the schema
  sed -E -e "1s|=schema/|=$(literally "$root")/config/schema/|" -e "$3" -e "$no_group" "$1" | write_whole "$2" "$(id -un)" 644
}

# The admin port is the one thing in an existing config that is mended: without it nothing could start.
settle_admin_port() {
  local file=$1 listen port free
  listen=$(config_value "$file" admin listen)
  listen=${listen:-127.0.0.1:8480}
  port=${listen##*:}
  free=$(free_port "${listen%:*}" "$port") || exit 1
  if [ "$free" != "$port" ]; then
    [ "$file" != "${config:-}" ] || fail "$listen of $file is taken; free it or choose another in the file"
    sed -i "/^admin:/,/^[^ #]/s/^\(  listen: *\).*/\1\"${listen%:*}:$free\"/" "$file"
    say "admin port $port is taken, using $free (changed in $file)"
  fi
  admin_listen=${listen%:*}:$free
}

# add_node NAME FOLDER CONFIG DOMAIN ADDRESS PORT SERVER_PORT [HOSTS]
add_node() {
  local name=$1 folder_of=$2 config_of=$3 domain_of=$4 address_of=$5 port wanted=$6 people
  settle_admin_port "$config_of"
  make_node_folders "$folder_of" "$config_of"
  port=$(free_port "$address_of" "$wanted") || exit 1
  [ "$port" = "$wanted" ] || say "port $wanted on $address_of is taken, using $port"
  "${host}_prepare" "$folder_of" "$config_of" "$domain_of" "$address_of" "$port" "$7" "${8:-}"
  mapfile -t people < <(config_people "$config_of" "$domain_of")
  make_people "$folder_of" "${people[@]}"
  nodes+=("$name")
  node_folder[$name]=$folder_of node_config[$name]=$config_of node_domain[$name]=$domain_of
  node_address[$name]=$address_of node_client_port[$name]=$port node_admin[$name]=$admin_listen
  make_operators "$folder_of"
}

prepare_single() {
  local kept edits
  chmod 755 "$folder"
  if [ -f "$folder/domain" ]; then
    kept=$(cat "$folder/domain")
    [ -z "$domain" ] || [ "$domain" = "$kept" ] || fail "$folder is of the domain $kept: choose another --folder for $domain"
    domain=$kept
  fi
  domain=${domain:-localhost}
  printf '%s\n' "$domain" >"$folder/domain"
  if [ -z "$config" ]; then
    config_file=$folder/chancery.yaml
    edits="s/\\blocalhost\\b/$domain/g; s/^(  listen: )127\\.0\\.0\\.1:8480/\\1127.0.0.1:$admin_port/"
    [ -z "$data" ] || edits="$edits; s|^(  data: ).*|\\1\"$(literally "$data")\"|"
    [ -z "$keys" ] || edits="$edits; s|^(  keys: ).*|\\1\"$(literally "$keys")\"|"
    first_config "$root/config/chancery.yaml" "$config_file" "$edits"
  else
    config_file=$config
    check_secret node keystore-password-file secrets/keystore-password
    check_secret admin tokens secrets/tokens
  fi
  add_node chancery "$folder" "$config_file" "$domain" "$address" "$client_port" ""
}

# check_secret SECTION KEY MADE: what --config names is there, or is what the demo makes. A copy of the demo's config that lies elsewhere
# names neither, by its relative paths, and its data would lie beside it.
check_secret() {
  local found
  [[ $(config_value "$config" "$1" "$2") != env:* ]] || return 0
  found=$(config_path "$config" "$1" "$2") || exit 1
  [ -f "$found" ] || [ "$(realpath -m "$found")" = "$(realpath -m "$folder/$3")" ] \
    || fail "$config: $1: $2: found $found, which isn't there; allowed: a file that is, or $folder/$3, which the demo makes"
}

# The next loopback address from 127.0.0.NUMBER on where both XMPP ports are free.
free_address() {
  local number=$1
  while port_is_taken "127.0.0.$number" 5222 || port_is_taken "127.0.0.$number" 5269; do
    number=$((number + 1))
    [ "$number" -lt 255 ] || fail "no loopback address has 5222 and 5269 free"
  done
  printf '%s\n' "$number"
}

prepare_cluster() {
  label_width=14
  local alpha beta name
  chmod 755 "$folder"
  alpha=$(free_address 2) || exit 1
  beta=$(free_address $((alpha + 1))) || exit 1
  printf '127.0.0.1 localhost\n127.0.0.%s alpha.test conference.alpha.test\n127.0.0.%s beta.test conference.beta.test\n' \
    "$alpha" "$beta" >"$folder/hosts"
  for name in alpha beta; do make_cluster_config "$name" "${!name}"; done
  share_presence
  write_secret "$folder/cluster-secret" root
  for name in alpha beta; do
    add_node "$name" "$folder/$name" "$folder/$name/chancery.yaml" "$name.test" "127.0.0.${!name}" 5222 5269 "$folder/hosts"
    install_shared_secret "$folder/cluster-secret" "$folder/$name/secrets/cluster"
  done
}

# make_cluster_config NAME NUMBER: the example's people shared out among two domains, its admin API on 127.0.0.NUMBER
make_cluster_config() {
  mkdir -p "$folder/$1" && chmod 755 "$folder/$1"
  first_config "$root/config/chancery.yaml" "$folder/$1/chancery.yaml" \
    "s/(ada|boris|emma)@localhost/\\1@alpha.test/; s/(clara|dmitri)@localhost/\\1@beta.test/; s/lab@conference\\.localhost/lab@conference.alpha.test/
    s/served: .*/served: [alpha.test, beta.test]/; s/services: .*/services: [conference.alpha.test, conference.beta.test]/
    s/node1/$1/; s/127\\.0\\.0\\.1:8480/127.0.0.$2:8480/"
}

# Members meet on 127.0.0.1, because Hazelcast takes only addresses that a network interface lists.
share_presence() {
  local alpha beta name own
  alpha=$(member_port alpha 5701) || exit 1
  beta=$(member_port beta $((alpha + 1))) || exit 1
  for name in alpha beta; do
    own=${!name}
    grep -q '^presence:' "$folder/$name/chancery.yaml" \
      || printf 'presence:\n  cluster:\n    listen:\n    members:\n    secret-file: secrets/cluster\n' >>"$folder/$name/chancery.yaml"
    sed -i -E "/^presence:/,\$ { s/^(    listen:).*/\1 \"127.0.0.1:$own\"/; s/^(    members:).*/\1 [\"127.0.0.1:$alpha\", \"127.0.0.1:$beta\"]/ }" \
      "$folder/$name/chancery.yaml"
  done
}

# member_port NAME LOWEST prints what the node's config has, or the next free one; never below the lowest
member_port() {
  local listen port
  listen=$(config_value "$folder/$1/chancery.yaml" presence listen)
  port=${listen##*:}
  [ "${port:-0}" -ge "$2" ] || port=$2
  free_port 127.0.0.1 "$port"
}

install_shared_secret() {
  install -m 400 "$1" "$2"
  if is_root; then chown chancery "$2"; fi
}

# The command line as this demo's operator needs it: which programs, which engine, whose token.
write_command() {
  local name=$1 folder_of=${node_folder[$1]}
  cat >"$folder_of/chancery" <<END
#!/bin/sh
# Written by scripts/run at every start. chancery [--as reader|records-officer|administrator] COMMAND…
who=reader
if [ "\${1:-}" = --as ]; then who=\$2; shift 2; fi
export CHANCERY_API=http://${node_admin[$name]} CHANCERY_TOKEN_FILE="$folder_of/operators/\$who"
exec java -cp '$folder/program/lib/*' im.chancery.cli.Chancery "\$@"
END
  chmod 755 "$folder_of/chancery"
}

# await_engine NAME LABEL
await_engine() {
  local admin=${node_admin[$1]}
  await_condition 120 "$2" engine_serves "${admin%:*}" "${admin##*:}" || give_up "$2 did not start, see above"
}

# await_clients_port NAME LABEL SECONDS
await_clients_port() {
  await_condition "$3" "$2" port_is_taken "${node_address[$1]}" "${node_client_port[$1]}" || give_up "$2 did not start, see above"
}

# The label in the log: with one node plain, with two each with its name
label_of() { if [ "${#nodes[@]}" = 1 ]; then printf '%s' "$1"; else printf '%s-%s' "$1" "$2"; fi; }

stop_all() {
  local -n processes=${host}_processes
  local name process
  for process in "${processes[@]}"; do
    for name in "${nodes[@]}"; do stop_process "$(label_of "$process" "$name")"; done
  done
}

give_up() {
  ignore_signals
  printf 'error: %s\n' "$*" >&2
  stop_all
  exit 1
}

run_nodes() {
  local -n processes=${host}_processes
  local name ended label process
  cd "$folder" || exit 1
  for name in "${nodes[@]}"; do write_command "$name"; done
  for process in $(printf '%s\n' "${processes[@]}" | tac); do
    for name in "${nodes[@]}"; do "start_$process" "$name" "$(label_of "$process" "$name")"; done
  done
  ready=true
  say "$(explain_nodes)" # in one piece, whatever the servers log meanwhile
  while true; do
    wait -n -p ended "${process_of[@]}"
    for label in "${!process_of[@]}"; do
      [ "${process_of[$label]}" != "${ended:-}" ] || give_up "$label has ended, see above; stopping the rest"
    done
  done
}

explain_nodes() {
  local name first=${nodes[0]}
  say "" "Ready."
  for name in "${nodes[@]}"; do explain_people "$name"; done
  say "" "The certificate is signed by this demo's own authority: accept it in the client, or import $folder/certificates/authority.crt"
  say "Config, yours to edit; the next start reads it:"
  for name in "${nodes[@]}"; do say "  ${node_config[$name]}"; done
  explain_commands "$first"
  say "" "Ctrl-C stops everything and keeps all data."
}

explain_people() {
  local name=$1 jid password
  say "" "Log in with any XMPP client (server ${node_address[$name]}, port ${node_client_port[$name]}, STARTTLS required):"
  while read -r jid password; do
    [ "${jid#*@}" != "${node_domain[$name]}" ] || printf '  %-26s password %s\n' "$jid" "$password"
  done <"${node_folder[$name]}/people.txt"
  say "Rooms are at conference.${node_domain[$name]}."
}

explain_commands() {
  local name=$1 run first last log seen=
  run=$(printf %q "${node_folder[$name]}/chancery")
  mapfile -t demo_people < <(grep -oE 'jid: *[^, }]+' "${node_config[$name]}" | sed 's/^jid: *//')
  first=${demo_people[0]} last=${demo_people[$((${#demo_people[@]} > 2 ? 2 : 0))]}
  log=$(printf %q "$(config_path "${node_config[$name]}" node data)/log")
  if grep -q 'path: checkpoints/' "${node_config[$name]}"; then
    seen=" --seen $(printf %q "${node_folder[$name]}/checkpoints/$(config_value "${node_config[$name]}" node name)")"
  fi
  say "" "Five things to try in another terminal:"
  say "  $run --as administrator explain $first $last"
  say "  $run records --with $first"
  say "  $run verify $log $log.vkey$seen"
  say "  $run --as records-officer hold create --matter demo --custodian $first"
  say "  $run --as administrator presence"
}
