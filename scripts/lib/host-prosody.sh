# A demo node's Prosody: prosody/ with its config, certificate and data, and link/ with the engine's socket. As root it runs as
# prosody, which owns only its own.

prosody_packages=(prosody lua-unbound openssl)
prosody_modules=(cli)
prosody_processes=(prosody engine) # in the order of their end: a server waits until nothing is held, and for that it needs the engine

prosody_user() { if is_root; then printf prosody; else id -un; fi; }

# prosody_program FOLDER copies what the server loads
prosody_program() { cp -r "$root/plugins/host-prosody/src/main/lua" "$1/lua"; }

# prosody_prepare FOLDER CONFIG DOMAIN ADDRESS CLIENT_PORT SERVER_PORT [HOSTS] makes its folders, certificate and config
prosody_prepare() {
  local folder_of=$1 engine user socket
  engine=$(engine_user) user=$(prosody_user)
  socket=$(config_path "$2" link listen) || exit 1
  [[ $(config_value "$2" link listen) == unix:* ]] || fail "$2: link: listen: found no Unix socket, allowed: unix:PATH"
  own_folder "$engine" "$(id -gn "$user")" 750 "$folder_of/link"
  [ -d "${socket%/*}" ] || fail "$2: link: listen: found $socket, allowed: a socket in a folder that is there, or in $folder_of/link"
  own_folder "$(id -un)" "$(id -gn "$user")" 750 "$folder_of/prosody"
  own_folder "$user" "$(id -gn "$user")" 700 "$folder_of/prosody/data"
  own_folder "$user" "$(id -gn "$user")" 700 "$folder_of/prosody/certs" # Prosody looks there and complains if there is none
  install_certificate "$folder/certificates" "$folder_of" "$3"
  write_prosody_config "$folder_of" "$3" "$4" "$5" "$6" "$folder/program/lua" "$socket" "${7:-}"
}

# install_certificate AUTHORITY FOLDER DOMAIN gives a node's Prosody its certificate
install_certificate() {
  local authority=$1 folder=$2 domain=$3 user
  user=$(prosody_user)
  make_certificate "$authority" "$domain" "$domain" "conference.$domain"
  install -m 644 "$authority/authority.crt" "$authority/$domain.crt" "$folder/prosody/"
  install -m 400 "$authority/$domain.key" "$folder/prosody/"
  if is_root; then chown "$user:$(id -gn "$user")" "$folder/prosody/$domain.key"; fi
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
gc = { threshold = 200; speed = 2 } -- as in config/prosody/chancery.cfg.lua
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

# prosody_accounts FOLDER JID PASSWORD …
prosody_accounts() {
  local folder=$1
  shift
  while [ $# -gt 0 ]; do
    set_password adduser "$1" "$2" || set_password passwd "$1" "$2" || fail "no account for $1"
    shift 2
  done
}
set_password() {
  printf '%s\n%s\n' "$3" "$3" \
    | as_user "$(prosody_user)" prosodyctl --config "$folder/prosody/prosody.cfg.lua" "$1" "$2" >/dev/null
}

start_engine() {
  local name=$1 label=$2
  start_process "$label" "$(engine_user)" java @"$folder/program/jvm.options" -cp "$folder/program/lib/*" \
    im.chancery.host.prosody.ProsodyEngine --config "${node_config[$name]}"
  await_engine "$name" "$label"
}

start_prosody() {
  local name=$1 label=$2
  start_process "$label" "$(prosody_user)" prosody --config "${node_folder[$name]}/prosody/prosody.cfg.lua" -F
  await_clients_port "$name" "$label" 30
}
