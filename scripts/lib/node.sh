# One demo node, whatever its host: its folder, its config, its people and its operators.
#
# A node's folder holds chancery.yaml (yours to edit), data/, keys/, secrets/ and checkpoints/, and what its host needs (see
# host-prosody.sh, host-tigase.sh). As root the engine runs as the system user chancery.

engine_user() { if is_root; then printf chancery; else id -un; fi; }

make_users() {
  is_root || return 0
  id chancery >/dev/null 2>&1 || useradd --system --user-group --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin chancery
}

# user_command USER sets `prefix` to what makes a command run without root's rights. Beside Prosody the engine may also hand its
# socket to Prosody's group.
user_command() {
  prefix=()
  is_root || return 0
  prefix=(setpriv --reuid="$1" --regid="$1" --init-groups)
  if [ "$host $1" = "prosody chancery" ]; then prefix=(setpriv --reuid=chancery --regid=chancery --groups=prosody); fi
  prefix+=(--no-new-privs --)
}

as_user() {
  user_command "$1"
  shift
  "${prefix[@]}" "$@"
}

# own_folder USER GROUP MODE FOLDER
own_folder() {
  mkdir -p "$4"
  if is_root; then chown "$1:$2" "$4"; fi
  chmod "$3" "$4"
}

random_word() { LC_ALL=C tr -dc 'a-z2-9' </dev/urandom | head -c "$1"; }

# write_whole FILE USER MODE writes standard input to that user's file, all of it or nothing
write_whole() {
  (umask 077 && cat >"$1.new") && chmod "$3" "$1.new" || fail "can't write $1"
  if is_root; then chown "$2" "$1.new"; fi
  mv "$1.new" "$1"
}

# write_secret FILE USER makes a random secret that only this user may read, once
write_secret() { [ -f "$1" ] || random_word 40 | write_whole "$1" "$2" 600; }

# config_value FILE SECTION KEY reads one value of a config in block style
config_value() {
  awk -v section="$2:" -v key="$3:" '
    /^[^ #]/ { inside = ($1 == section) }
    inside && $1 == key {
      sub(/^[^:]*: */, "")
      if (match($0, /^("[^"]*"|\047[^\047]*\047)/)) print substr($0, 2, RLENGTH - 2)
      else { sub(/ +#.*$/, ""); print }
      exit
    }' "$1"
}

# config_path FILE SECTION KEY reads a path, made absolute as the engine does
config_path() {
  local value
  value=$(config_value "$1" "$2" "$3")
  value=${value#unix:}
  case $value in
    '') fail "$1: $2: $3: found nothing, allowed: a path, on a line of its own below $2:" ;;
    /*) printf '%s\n' "$value" ;;
    *) printf '%s\n' "$(dirname "$1")/$value" ;;
  esac
}

# make_node_folders FOLDER CONFIG
make_node_folders() {
  local folder=$1 config=$2 engine data keys
  engine=$(engine_user)
  data=$(config_path "$config" node data) && keys=$(config_path "$config" node keys) || exit 1
  own_folder "$engine" "$(id -gn "$engine")" 700 "$data"
  own_folder "$engine" "$(id -gn "$engine")" 700 "$keys"
  own_folder "$engine" "$(id -gn "$engine")" 700 "$folder/checkpoints"
  own_folder "$(id -un)" "$(id -gn "$engine")" 750 "$folder/secrets"
  write_secret "$folder/secrets/keystore-password" "$engine"
}

# make_people FOLDER JID… makes an account with a random password for each who has none, and keeps it in FOLDER/people.txt. An
# account that is there already gets a new password: somebody has ended the script before it was kept.
make_people() {
  local folder=$1 jid people=()
  shift
  for jid in "$@"; do
    grep -qs "^$jid " "$folder/people.txt" || people+=("$jid" "$(random_word 12)")
  done
  [ ${#people[@]} -gt 0 ] || return 0
  "${host}_accounts" "$folder" "${people[@]}"
  (umask 077 && printf '%s %s\n' "${people[@]}" >>"$folder/people.txt")
}

# config_people CONFIG DOMAIN prints the addresses of the config's people in this domain
config_people() { grep -oE "jid: *[^, }]+@$2\b" "$1" | sed 's/^jid: *//'; }

# make_operators FOLDER makes one token for each duty: its text in operators/, for whoever runs this script; its hash in secrets/
make_operators() {
  local folder=$1 engine duty token entries=()
  [ ! -f "$folder/secrets/tokens" ] || return 0
  engine=$(engine_user)
  mkdir -p "$folder/operators" && chmod 700 "$folder/operators"
  for duty in reader records-officer administrator; do
    token=$(LC_ALL=C tr -dc 'a-f0-9' </dev/urandom | head -c 64)
    (umask 077 && printf '%s' "$token" >"$folder/operators/$duty")
    entries+=("$(printf '{"id": "demo-%s", "name": "demo %s", "duty": "%s", "sha256": "%s"}' \
      "$duty" "$duty" "$duty" "$(printf '%s' "$token" | sha256sum | cut -d ' ' -f 1)")")
  done
  printf '[%s]\n' "$(IFS=,; printf '%s' "${entries[*]}")" | write_whole "$folder/secrets/tokens" "$engine" 600
}

# engine_serves ADDRESS PORT asks the admin API whether the message path is open
engine_serves() {
  local status
  exec {health}<>"$(tcp "$1" "$2")" || return 1
  printf 'GET /readyz HTTP/1.0\r\nHost: %s\r\n\r\n' "$1" >&"$health"
  read -r -t 5 -u "$health" status
  exec {health}>&-
  [[ "$status" == *" 200 "* ]]
} 2>/dev/null
