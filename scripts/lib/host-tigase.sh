# A demo node's Tigase: tigase/ is a home of its own, with jars and schemas copied from an installed Tigase, the plugin among them, and
# an embedded Derby. It is one process, with the engine inside; as root it runs as chancery.

tigase_packages=(openssl)
tigase_modules=(cli host-tigase)
tigase_processes=(tigase)
tigase_java_options=(-Djdk.net.hosts.file=etc/hosts -Dderby.stream.error.file=logs/derby.log -Ddisable_logger_color=true)

tigase_user() { engine_user; }
tigase_program() { :; } # the plugin is among Tigase's jars

# tigase_prepare FOLDER CONFIG DOMAIN ADDRESS CLIENT_PORT makes its home
tigase_prepare() {
  local home=$1/tigase user part
  user=$(tigase_user)
  own_folder "$(id -un)" "$(id -gn "$user")" 755 "$home"
  for part in etc data logs certs; do own_folder "$user" "$(id -gn "$user")" 700 "$home/$part"; done
  copy_tigase "$home"
  rm -f "$home"/etc/config.tdsl.old* # Tigase keeps one for each time that it writes its config anew
  # Tigase looks its own names up; nothing else has an address here
  printf '127.0.0.1 localhost %s conference.%s %s\n' "$3" "$3" "$(uname -n)" | write_whole "$home/etc/hosts" "$user" 600
  make_certificate "$folder/certificates" "$3" "$3" "conference.$3"
  { openssl pkey -in "$folder/certificates/$3.key" && cat "$folder/certificates/$3.crt" "$folder/certificates/authority.crt"; } \
    | write_whole "$home/certs/$3.pem" "$user" 600
  tigase_config "$2" "$3" "$4" "$5" | write_whole "$home/etc/config.tdsl" "$user" 600
  install_schema "$home"
}

# copy_tigase HOME copies what a server with rooms and Derby needs, and no other plugin with ports of its own
copy_tigase() {
  local from=$tigase_home name
  rm -rf "$1/jars" "$1/database"
  mkdir "$1/jars"
  for name in tigase-server tigase-utils tigase-xmltools tigase-muc derby groovy; do
    cp "$from"/jars/"$name"*.jar "$1/jars/" 2>/dev/null || fail "found no jars/$name*.jar in $from, allowed: a Tigase that has it"
  done
  cp -r "$from/database" "$1/" && chmod -R u=rwX,go=rX "$1/jars" "$1/database" || fail "can't copy $from/database"
  find_tigase "$1"
  place_plugin "$(distribution host-tigase)" "$1" || exit 1
}

# tigase_config CONFIG DOMAIN ADDRESS CLIENT_PORT prints Tigase's config: clients and rooms, no federation
tigase_config() {
  cat <<END
# Written by scripts/run at every start; Tigase then writes it in its own words.
'config-type' = 'default'
'cluster-mode' = false
'default-virtual-host' = '$2'
dataSource () {
    default () {
        uri = 'jdbc:derby:data/tigasedb'
    }
}
'vhost-man' () {
    defaults () {
        'vhost-register-enabled' = false
        'vhost-tls-required' = true
    }
}
c2s () {
    ifc = [ '$3' ]
    connections () {
        ports = [ $4 ]
    }
}
muc (active: false) {}
conference (class: tigase.muc.MUCComponent) {}
s2s (active: false) {}
bosh (active: false) {}
ws2s (active: false) {}
monitor (active: false) {}
'ext-disco' (active: false) {}
'rtbl-component' (active: false) {}
chancery () {
    config = '$1'
}
END
}

# java_in HOME sets `prefix` to what runs Java with Tigase's jars, in its home and as its user
java_in() {
  user_command "$(tigase_user)"
  prefix+=(env -C "$1" java "${tigase_java_options[@]}" -cp 'jars/*')
}

# install_schema HOME makes the database, once and all of it or nothing
install_schema() {
  local log=$1/logs/schema.log
  [ ! -d "$1/data/tigasedb" ] || return 0
  say "making Tigase's database …"
  rm -rf "$1/data/new"
  java_in "$1"
  begin "${prefix[@]}" tigase.db.util.SchemaManager install-schema -T derby -D data/new >"$log" 2>&1
  finish && [ -f "$1/data/new/service.properties" ] || { cat "$log" >&2; fail "no database for Tigase, see above"; }
  mv "$1/data/new" "$1/data/tigasedb"
}

# tigase_accounts FOLDER JID PASSWORD … makes them by the procedures that Tigase's database has for this. One that is there already
# makes the first of the two fail; the look at the end tells whether everybody has their password.
tigase_accounts() {
  local home=$1/tigase said jid jids=() statements="connect 'jdbc:derby:data/tigasedb';"
  shift
  while [ $# -gt 0 ]; do
    jid=${1//\'/\'\'}
    jids+=("$1")
    statements+="
      call TigAddUserPlainPw('$jid', '$2');
      call TigUpdatePasswordPlainPw('$jid', '$2');
      select 'has it: ' || user_id from tig_users u join tig_user_credentials c on c.uid = u.uid where c.value = '$2';"
    shift 2
  done
  java_in "$home"
  said=$("${prefix[@]}" -Dij.maximumDisplayWidth=3000 org.apache.derby.tools.ij <<<"$statements")
  for jid in "${jids[@]}"; do
    grep -qE "has it: $jid *$" <<<"$said" || { printf '%s\n' "$said" >&2; fail "no account for $jid"; }
  done
}

start_tigase() {
  local name=$1 label=$2 hidden_lines='^[^ ]*\/.*\[[A-Z]\] = ' # more than a thousand figures at each end
  start_process "$label" "$(tigase_user)" env -C "${node_folder[$name]}/tigase" java @"$folder/program/jvm.options" -Xmx512m \
    "${tigase_java_options[@]}" -cp 'jars/*' tigase.server.XMPPServer
  await_engine "$name" "$label"
  await_clients_port "$name" "$label" 60
}
