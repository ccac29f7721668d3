# scripts/install-tigase-plugin, with a Tigase and a plugin that have files in the right places and nothing in them.

plugin=$checkout/plugins/host-tigase/target/distribution
rm "$checkout/pom.xml" # as on a server to which scripts and plugin were brought
install=$checkout/scripts/install-tigase-plugin
owner=()
[ "$(id -u)" != 0 ] || owner=(nobody:nogroup)

# make_jars VERSION LIBRARY…
make_jars() {
  local library
  rm -rf "$plugin"/*
  mkdir -p "$plugin/chancery"
  printf 'beans %s' "$1" >"$plugin/chancery-host-tigase.jar"
  for library in "${@:2}"; do printf '%s' "$library $1" >"$plugin/chancery/$library.jar"; done
}

# make_tigase VERSION makes a Tigase whose config says much the same as an admin's might
make_tigase() {
  tigase=$work/tigase
  rm -rf "$tigase"
  mkdir -p "$tigase/jars" "$tigase/etc"
  printf 'Implementation-Title: Tigase XMPP Server\nImplementation-Version: %s\n' "$1" >"$work/manifest"
  jar --create --file "$tigase/jars/tigase-server.jar" --manifest "$work/manifest" -C "$work" manifest
  : >"$tigase/jars/tigase-server-dist.jar" # the distribution has one, without classes
  printf '# chancery () {\nadmins = [ "a@x" ]\r\nmuc (class: a.B,\n    active: false) {\n    chancery () {\n    }\n}\n%s' \
    "'title' = 'chancery () {'" >"$tigase/etc/config.tdsl"
  cp "$tigase/etc/config.tdsl" "$work/config.tdsl"
  chmod 640 "$tigase/etc/config.tdsl" "$tigase"/jars/*.jar
  [ ${#owner[@]} = 0 ] || chown -R "${owner[0]}" "$tigase"
}

# contents prints every file and folder with owner, mode and hash
contents() { (cd "$tigase" && find . -printf '%p %u:%g %m\n' | sort && find . -type f ! -name '*.before-chancery-*' -print0 | sort -z | xargs -0 sha256sum); }

# installs STATUS ARGUMENT…
installs() {
  local status=$1
  shift
  start install "$install" "$tigase" "$@"
  check "install-tigase-plugin $* ends with $status" ended_with "$status"
}

# refuses_tigase TEXT ARGUMENT… compares the error, and that nothing has changed
refuses_tigase() {
  local text=$1 before
  shift
  before=$(contents)
  installs 1 "$@"
  check "  … and says why" equal "$(cat "$log")" "error: $text"
  check "  … and has changed nothing" equal "$(contents)" "$before"
}

# changes_nothing ARGUMENT… says so too
changes_nothing() {
  local before
  before=$(contents)
  installs 0 "$@"
  check "  … and says that nothing was changed" has "$log" '^Nothing was changed'
  check "  … and that is so" equal "$(contents)" "$before"
}

block() { sed -n '/^chancery () {$/,/^}$/p' "$tigase/etc/config.tdsl"; }
lines() { printf "chancery () {\n    config = '%s'\n}" "$1"; }
# by_nobody runs what follows without root's rights
by_nobody() {
  [ "$(id -u)" = 0 ] || return 0
  printf '#!/bin/sh\nexec %s "%s" "$@"\n' "${as_nobody[*]}" "$checkout/scripts/install-tigase-plugin" >"$work/as-nobody"
  chmod 755 "$work/as-nobody"
  install=$work/as-nobody
}
by_root() { install=$checkout/scripts/install-tigase-plugin; }
jars() { (cd "$tigase/jars" && find . -name '*.jar' ! -name 'tigase-*' | sort | paste -sd ' '); }
kept() { find "$tigase/etc" -name 'config.tdsl.before-chancery-*' | sort; }

make_jars 1 engine derby
make_tigase 8.4.0
start help "$install" --help
check "install-tigase-plugin --help ends with 0" ended_with 0
for option in $(grep -oE -- '--[a-z-]+( \||\))' "$install" | grep -oE -- '--[a-z-]+' | sort -u); do
  check "--help explains $option" has "$log" "^  $option( |$)"
done

refuses_tigase "unknown option --writ; scripts/install-tigase-plugin --help explains" --writ
refuses_tigase "found --config 'chancery.yaml', allowed: an absolute path without quotes" --config chancery.yaml
refuses_tigase "found --config '/a'b', allowed: an absolute path without quotes" --config "/a'b"
refuses_tigase "--config does not go with --remove" --remove --config /a
refuses_tigase "found a second folder, /b; allowed: one TIGASE_HOME" /b
mv "$tigase/etc/config.tdsl" "$work/away"
refuses_tigase "$tigase is no Tigase: found no etc/config.tdsl, allowed: a Tigase that is set up"
mv "$work/away" "$tigase/etc/config.tdsl"
mv "$tigase/jars/tigase-server.jar" "$work/away"
refuses_tigase "$tigase is no Tigase: found no jars/tigase-server.jar, allowed: the folder that has Tigase's jars/ and etc/" --write
mv "$work/away" "$tigase/jars/tigase-server.jar"

mkdir -p "$work/java/bin"
install -m 755 /dev/null "$work/java/bin/java"
printf 'JAVA_VERSION="11.0.2"\n' >"$work/java/release"
printf '#JAVA_HOME="/none"\nJAVA_HOME="%s" # ours\n' "$work/java" >"$tigase/etc/tigase.conf"
refuses_tigase "found Java 11 in $work/java, allowed: 17 or newer" --write
rm "$tigase/etc/tigase.conf"

printf '\nchancery () {\n' >>"$tigase/etc/config.tdsl"
refuses_tigase "$tigase/etc/config.tdsl isn't whole: found a bracket or quote without its other end" --write
printf "}, c2s () {}\n" >>"$tigase/etc/config.tdsl"
refuses_tigase "$tigase/etc/config.tdsl:9: found something else on the lines of the block chancery; allowed: lines of its own" --write
printf '}\n' >"$tigase/etc/config.tdsl"
refuses_tigase "$tigase/etc/config.tdsl isn't whole: found a bracket or quote without its other end" --remove --write
printf 'chancery () {}\nmuc () {}\nchancery {}\n' >"$tigase/etc/config.tdsl"
refuses_tigase "$tigase/etc/config.tdsl has several blocks chancery, in lines 1 3; allowed: one" --write
cat "$work/config.tdsl" >"$tigase/etc/config.tdsl"
for version in 8.3.2 8.40.0 8.4 9.0.0; do
  make_tigase "$version"
  refuses_tigase "found Tigase $version in $tigase/jars/tigase-server.jar, allowed: 8.4.x" --write
done
if [ ${#owner[@]} != 0 ]; then
  make_tigase 8.4.0
  chown root "$tigase/jars" "$tigase/etc"
  by_nobody
  refuses_tigase "nobody can't write to $tigase/jars, which root owns" --write
  chown nobody "$tigase/jars"
  refuses_tigase "nobody can't write to $tigase/etc, which root owns" --write
  refuses_tigase "nobody can't write to $tigase/etc, which root owns" --remove --write
  by_root
else
  make_tigase 8.4.0
  chmod 555 "$tigase/jars"
  refuses_tigase "$(id -un) can't write to $tigase/jars, which $(id -un) owns"
fi

make_tigase 8.4.1-b1234
installs 0
check "  … and has put the jars there" equal "$(jars)" "./chancery-host-tigase.jar ./chancery/derby.jar ./chancery/engine.jar"
check "  … as whole as they are" diff -r "$plugin/chancery" "$tigase/jars/chancery"
check "  … of Tigase's owner and mode" equal "$(stat -c '%U %a' "$tigase"/jars/*.jar "$tigase"/jars/chancery/*.jar | sort -u)" \
  "$(stat -c '%U %a' "$tigase/jars/tigase-server.jar")"
check "  … and shows the lines" equal "$(sed -n '/^chancery/,/^}/p' "$log")" "$(lines /etc/chancery/chancery.yaml)"
check "  … and leaves the config to the admin" cmp "$tigase/etc/config.tdsl" "$work/config.tdsl"
check "  … and says what to restart and how to check" has "$log" '^Restart Tigase.*It is on when'
changes_nothing

installs 0 --write
check "  … and has written the lines" equal "$(block)" "$(lines /etc/chancery/chancery.yaml)"
check "  … and kept the old file" cmp "$(kept)" "$work/config.tdsl"
check "  … of the same owner and mode" equal "$(stat -c '%U %a' "$tigase/etc/config.tdsl")" "$(stat -c '%U %a' "$(kept)")"
changes_nothing --write
installs 0 --write --config /srv/chancery.yaml
check "  … and has changed the path" equal "$(block)" "$(lines /srv/chancery.yaml)"
changes_nothing --write
check "  … because another path is no default's business" equal "$(block)" "$(lines /srv/chancery.yaml)"

make_jars 2 engine log
printf 'older name' >"$tigase/jars/chancery-host-tigase-0.1.jar"
installs 0
check "an upgrade leaves no older jar" equal "$(jars)" "./chancery-host-tigase.jar ./chancery/engine.jar ./chancery/log.jar"
check "  … nor an older one's content" diff -r "$plugin/chancery" "$tigase/jars/chancery"
changes_nothing

make_jars 3 engine log
chmod 000 "$plugin/chancery/log.jar"
before=$(contents)
by_nobody
installs 1
by_root
check "  … where a jar can't be read, and says which" has "$log" 'chancery/log\.jar: .*Permission denied'
check "  … and what came of it" has "$log" "^error: can't read all of $plugin, see above; nothing was changed in $tigase/jars$"
check "  … and has changed nothing" equal "$(contents)" "$before"

installs 0 --remove
check "  … and has removed the jars" equal "$(jars)" ""
check "  … and shows which lines to take out" has "$log" '^Take the block chancery out of .*config.tdsl \(lines 1 to 3\)'
installs 0 --remove --write
check "  … and has left the config as it was before, to the byte" cmp "$tigase/etc/config.tdsl" "$work/config.tdsl"
check "  … and nothing else" equal "$(cd "$tigase" && find . ! -name '*.before-chancery-*' | sort | paste -sd ' ')" \
  ". ./etc ./etc/config.tdsl ./jars ./jars/tigase-server-dist.jar ./jars/tigase-server.jar"
changes_nothing --remove --write

# what Tigase itself makes of the file, or somebody by hand
printf "admins = [ 'a' ]\n'chancery' () { # on\n    config: \"/srv/x.yaml\"\n}\nmuc () {}\n" >"$tigase/etc/config.tdsl"
installs 0 --write
check "  … and finds lines that are written otherwise" has "$log" 'are there already$'
installs 0 --remove --write
check "  … and takes them out" equal "$(cat "$tigase/etc/config.tdsl")" $'admins = [ \'a\' ]\nmuc () {}'
printf 'muc () {}\nchancery {}\n' >"$tigase/etc/config.tdsl"
installs 0 --write
check "  … and puts a block in the place of one that turns nothing on" equal "$(cat "$tigase/etc/config.tdsl")" \
  "$(printf 'muc () {}\n%s' "$(lines /etc/chancery/chancery.yaml)")"
printf "chancery () { config = '/srv/x.yaml' }\n" >"$tigase/etc/config.tdsl"
installs 0 --write
check "  … and in the place of one in a single line, which Tigase ignores" equal "$(cat "$tigase/etc/config.tdsl")" "$(lines /srv/x.yaml)"
printf 'chancery (active: false) {\n}\n' >"$tigase/etc/config.tdsl"
changes_nothing --write
check "  … because somebody has turned it off" has "$log" 'line 1, has more than config and is left as it is$'

rm -rf "$plugin"
refuses_tigase "found neither $plugin nor sources to build it from"

# beside the sources it is built, whatever a build that was broken off has left, and Maven may not find Tigase
make_jars 4 half
cp "$root/pom.xml" "$checkout/"
make_tigase 8.4.0
cat >"$shims/mvn" <<'SHIM'
#!/bin/sh
printf '\033[0m\033[0m[ERROR] Failed to execute goal: The following artifacts could not be resolved: tigase:tigase-server:jar:8.4.0, '
echo 'tigase:tigase-muc:jar:3.4.0: Could not find artifact tigase:tigase-server:jar:8.4.0 in central'
exit 1
SHIM
before=$(contents)
start unbuilt env PATH="$shims:$PATH" "$install" "$tigase" --write
check "a plugin that can't be built ends it with 1" ended_with 1
check "  … and says how Maven gets Tigase's jars" has "$log" \
  "mvn install:install-file .*-DartifactId=tigase-server -Dversion=8.4.0 .*-Dfile=$tigase/jars/tigase-server.jar"
check "  … and has changed nothing" equal "$(contents)" "$before"
