# One demo node: its folder, its config, its Prosody and its engine.
#
# A node's folder holds chancery.yaml (yours to edit), data/, keys/, secrets/, link/ (the socket), prosody/ and
# checkpoints/. As root the engine runs as the system user chancery and Prosody as prosody, each owning only its own.

engine_user() { if is_root; then printf chancery; else id -un; fi; }
host_user() { if is_root; then printf prosody; else id -un; fi; }

make_users() {
  is_root || return 0
  id chancery >/dev/null 2>&1 || useradd --system --user-group --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin chancery
}

# user_command USER sets `prefix` to what makes a command run without root's rights. The engine may also hand its socket to
# Prosody's group.
user_command() {
  prefix=()
  is_root || return 0
  prefix=(setpriv --reuid="$1" --regid="$1" --init-groups)
  if [ "$1" = chancery ]; then prefix=(setpriv --reuid=chancery --regid=chancery --groups=prosody); fi
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
    inside && $1 == key { sub(/^[^:]*: */, ""); sub(/ +#.*$/, ""); gsub(/^["'\'']|["'\'']$/, ""); print; exit }' "$1"
}

# config_path FILE SECTION KEY reads a path, made absolute as the engine does
config_path() {
  local value
  value=$(config_value "$1" "$2" "$3")
  value=${value#unix:}
  case $value in
    '') fail "$1: $2: $3: is missing" ;;
    /*) printf '%s\n' "$value" ;;
    *) printf '%s\n' "$(dirname "$1")/$value" ;;
  esac
}

# make_node_folders FOLDER CONFIG
make_node_folders() {
  local folder=$1 config=$2 engine host
  engine=$(engine_user) host=$(host_user)
  own_folder "$engine" "$(id -gn "$engine")" 700 "$(config_path "$config" node data)"
  own_folder "$engine" "$(id -gn "$engine")" 700 "$(config_path "$config" node keys)"
  own_folder "$engine" "$(id -gn "$engine")" 700 "$folder/checkpoints"
  own_folder "$(id -un)" "$(id -gn "$engine")" 750 "$folder/secrets"
  own_folder "$engine" "$(id -gn "$host")" 750 "$folder/link"
  own_folder "$(id -un)" "$(id -gn "$host")" 750 "$folder/prosody"
  own_folder "$host" "$(id -gn "$host")" 700 "$folder/prosody/data"
  own_folder "$host" "$(id -gn "$host")" 700 "$folder/prosody/certs" # Prosody looks there and complains if there is none
  write_secret "$folder/secrets/keystore-password" "$engine"
}

# install_certificate AUTHORITY FOLDER DOMAIN gives a node's Prosody its certificate
install_certificate() {
  local authority=$1 folder=$2 domain=$3 host group
  host=$(host_user) group=$(id -gn "$host")
  make_certificate "$authority" "$domain" "$domain" "conference.$domain"
  install -m 644 "$authority/authority.crt" "$authority/$domain.crt" "$folder/prosody/"
  install -m 400 "$authority/$domain.key" "$folder/prosody/"
  if is_root; then chown "$host:$group" "$folder/prosody/$domain.key"; fi
}

# write_prosody_config FOLDER DOMAIN ADDRESS CLIENT_PORT SERVER_PORT LUA SOCKET [HOSTS]; without a server port it does not federate
write_prosody_config() {
  local folder=$1 domain=$2 address=$3 client_port=$4 server_port=$5 lua=$6 socket=$7 hosts=${8:-}
  cat >"$folder/prosody/prosody.cfg.lua" <<END
-- Written by scripts/run at every start.
data_path = "$folder/prosody/data"
plugin_paths = { "$lua" }
interfaces = { "$address" }
c2s_ports = { $client_port }
c2s_direct_tls_ports = { }
s2s_ports = { $server_port }
s2s_direct_tls_ports = { }
gc = { threshold = 200; speed = 10 } -- the default collects anew for each 5 % of growth
network_settings = { nagle = false } -- else each hop between servers waits 40 ms
modules_enabled = { "roster"; "saslauth"; "tls"; "disco"; "ping"; "carbons"; "smacks"; "offline"; "blocklist"; "pep";
  "private"; "bookmarks"; "vcard4"; "vcard_legacy"; "version"; "time"; $([ -z "$server_port" ] || printf '"s2s"; ')"chancery" }
$([ -n "$server_port" ] || printf 'modules_disabled = { "s2s" }')
chancery_engine = "unix:$socket"
authentication = "internal_hashed"
storage = "internal"
c2s_require_encryption = true
s2s_require_encryption = true
s2s_secure_auth = true
ssl = { certificate = "$folder/prosody/$domain.crt"; key = "$folder/prosody/$domain.key"; cafile = "$folder/prosody/authority.crt" }
$([ -z "$hosts" ] || printf 'unbound = { resolvconf = false; hoststxt = "%s" }' "$hosts")
log = { { levels = { min = "info" }; to = "console" } }

VirtualHost "$domain"
Component "conference.$domain" "muc"
  name = "Rooms"
END
  chmod 644 "$folder/prosody/prosody.cfg.lua"
}

# make_person FOLDER JID makes the account with a random password, which is kept in FOLDER/people.txt. An account that is there
# already gets a new one: somebody has ended the script before it was kept.
make_person() {
  local folder=$1 jid=$2 password
  ! grep -qs "^$jid " "$folder/people.txt" || return 0
  password=$(random_word 12)
  set_password adduser || set_password passwd || fail "no account for $jid"
  (umask 077 && printf '%s %s\n' "$jid" "$password" >>"$folder/people.txt")
}
set_password() {
  printf '%s\n%s\n' "$password" "$password" \
    | as_user "$(host_user)" prosodyctl --config "$folder/prosody/prosody.cfg.lua" "$1" "$jid" >/dev/null
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
  exec {health}<>"/dev/tcp/$1/$2" || return 1
  printf 'GET /readyz HTTP/1.0\r\nHost: %s\r\n\r\n' "$1" >&"$health"
  read -r -t 5 -u "$health" status
  exec {health}>&-
  [[ "$status" == *" 200 "* ]]
} 2>/dev/null
