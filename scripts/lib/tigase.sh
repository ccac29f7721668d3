# An installed Tigase, and the plugin's jars in it: jars/chancery-host-tigase.jar, which Tigase sees, and jars/chancery/, which that
# one loads apart from Tigase's own.

tested_tigase=8.4 # any of its updates

# tigase_jars HOME NAME prints the jars of a part of Tigase: by itself or with a version, and no other part whose name begins so. The
# distribution has a tigase-server-dist.jar, without any classes, beside tigase-server.jar.
tigase_jars() { compgen -G "$1/jars/$2.jar"; compgen -G "$1/jars/$2-[0-9]*.jar"; }

# find_tigase HOME sets tigase_jar, and ends the script where that is no Tigase
find_tigase() {
  local found
  mapfile -t found < <(tigase_jars "$1" tigase-server)
  [ ${#found[@]} -gt 0 ] || fail "$1 is no Tigase: found no jars/tigase-server.jar, allowed: the folder that has Tigase's jars/ and etc/"
  [ ${#found[@]} = 1 ] || fail "$1 has two Tigases: found ${found[*]}, allowed: one of them"
  tigase_jar=${found[0]}
}

# check_tigase_version refuses one that isn't tested
check_tigase_version() {
  local version
  version=$(manifest_value "$tigase_jar" Implementation-Version)
  [[ $version =~ ^${tested_tigase//./\\.}\.[0-9]+([^0-9].*)?$ ]] \
    || fail "found Tigase ${version:-without Implementation-Version} in $tigase_jar, allowed: $tested_tigase.x"
}

# manifest_value JAR KEY, by unzip or by a JDK's jar, whichever there is
manifest_value() {
  local unpacked
  if command -v unzip >/dev/null; then
    unzip -p "$1" META-INF/MANIFEST.MF 2>/dev/null
  else
    unpacked=$(mktemp -d) && (cd "$unpacked" && jar --extract --file "$1" META-INF/MANIFEST.MF && cat META-INF/MANIFEST.MF)
    rm -rf "$unpacked"
  fi | tr -d '\r' | sed -n "/^$2: */ { s///p; q }"
}

# tigase_java HOME prints the folder of the Java that will run it, as far as can be told: what its tigase.conf names, else this
# shell's. Nothing that such a file names is executed.
tigase_java() {
  local folder program
  folder=$(sed -nE "s/^ *(export +)?JAVA_HOME=[\"']?([^\"' ]*).*/\2/p" "$1/etc/tigase.conf" 2>/dev/null | tail -1)
  folder=${folder:-${JAVA_HOME:-}}
  program=${folder:+$folder/bin/java}
  [ -x "$program" ] || program=$(command -v java)
  program=$(readlink -f "$program") && printf '%s\n' "${program%/bin/java}"
}

# check_java HOME refuses a Java that is too old, and says so where it can't tell
check_java() {
  local java version
  java=$(tigase_java "$1")
  version=$(sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$java/release" 2>/dev/null)
  if [ -z "$version" ]; then
    warn "which Java runs Tigase can't be told; allowed: 17 or newer"
  elif [ "$version" -lt 17 ]; then
    fail "found Java $version in $java, allowed: 17 or newer"
  fi
}

# plugin_distribution builds the plugin unless it is built and nothing has changed since. Where there are no sources it was brought
# from elsewhere; beside sources one without a stamp may be half built, or older than they are.
plugin_distribution() {
  if [ ! -f "$root/pom.xml" ]; then
    [ -d "$(distribution host-tigase)" ] || fail "found neither $(distribution host-tigase) nor sources to build it from"
    return
  fi
  install_packages
  build host-tigase
}

# Tigase isn't on Maven Central, but whoever installs the plugin has its jars.
explain_tigase_artifacts() {
  local missing group name type version jar
  {
    say "" "Maven reaches no repository that has what the plugin is compiled against. This Tigase has it; give it to Maven and try again:"
    for missing in $(grep -oE '\btigase:tigase-[a-z-]+:jar:[0-9.]+[0-9]' "$1" | sort -u); do
      IFS=: read -r group name type version <<<"$missing"
      jar=$(tigase_jars "$tigase_home" "$name")
      say "  mvn install:install-file -DgroupId=$group -DartifactId=$name -Dversion=$version -Dpackaging=$type -Dfile=$jar"
    done
    say ""
  } >&2
}

# as_owner FOLDER COMMAND… runs it as whoever owns that folder: so what it makes there is theirs, and a link that they have put
# there leads root nowhere
as_owner() {
  local prefix=()
  if is_root; then prefix=(setpriv "--reuid=$(stat -c %u "$1")" "--regid=$(stat -c %g "$1")" --clear-groups --no-new-privs --); fi
  shift
  "${prefix[@]}" "$@"
}

# plugin_jars HOME prints the jars that Tigase sees; an older installation may have left another name
plugin_jars() { compgen -G "$1/jars/chancery-host-tigase*.jar"; }

# plugin_is_installed DISTRIBUTION HOME tells whether exactly these jars are there
plugin_is_installed() {
  [ "$(plugin_jars "$2")" = "$2/jars/chancery-host-tigase.jar" ] \
    && cmp -s "$1/chancery-host-tigase.jar" "$2/jars/chancery-host-tigase.jar" && diff -rq "$1/chancery" "$2/jars/chancery" >/dev/null
} 2>/dev/null

# place_plugin DISTRIBUTION HOME copies the jars beside their place and then exchanges them, so that no older jar stays among the
# new ones and a copy that breaks off changes nothing. All are read before any is written: whoever writes can't tell whether tar has
# left one out.
place_plugin() (
  read_jars=$(mktemp) && trap 'rm -f "$read_jars"' EXIT && tar -C "$1" -c chancery-host-tigase.jar chancery >"$read_jars" \
    || fail "can't read all of $1, see above; nothing was changed in $2/jars"
  as_owner "$2/jars" bash -c '
    set -e
    cd "$1"
    rm -rf .chancery-new .chancery-old
    mkdir .chancery-new
    trap "rm -rf .chancery-new" EXIT
    tar -x --no-same-owner -C .chancery-new
    chmod -R --reference="$2" .chancery-new/chancery-host-tigase.jar .chancery-new/chancery/*
    chmod --reference=. .chancery-new/chancery
    [ ! -e chancery ] || mv chancery .chancery-old
    mv .chancery-new/chancery chancery
    rm -f chancery-host-tigase*.jar
    mv .chancery-new/chancery-host-tigase.jar .
    rm -rf .chancery-old' place "$2/jars" "$(basename "$tigase_jar")" <"$read_jars" || fail "can't copy the plugin to $2/jars"
)

# take_plugin HOME
take_plugin() { as_owner "$1/jars" sh -c 'cd "$1" && rm -rf chancery-host-tigase*.jar chancery .chancery-new .chancery-old' take "$1/jars"; }
