# Building with Maven, only when something has changed.

# What the distribution is made of, as one hash over names, times and sizes.
source_state() {
  (cd "$root" && find pom.xml plugins -path '*/target' -prune -o -type f ! -name '.jqwik-database' -printf '%p %T@ %s\n' | LC_ALL=C sort | sha256sum)
}

# build leaves the jars in plugins/cli/target/dist/lib
build() {
  local stamp=$root/plugins/cli/target/dist/.built-from state
  state=$(source_state)
  if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$state" ]; then return; fi
  say "building Chancery (the first time, Maven fetches its libraries quietly; that takes minutes) …"
  mkdir -p "$root/target"
  # a build that was broken off may have left half a jar, which Maven would take for up to date
  rm -rf "$root"/plugins/*/target/*.jar "${stamp%/*}"
  begin env -C "$root" mvn -B -q -ntp package -DskipTests -pl plugins/cli -am >"$root/target/build.log" 2>&1
  finish || { cat "$root/target/build.log" >&2; fail "the build failed, see above"; }
  [ -d "${stamp%/*}/lib" ] || fail "the build left no ${stamp%/*}/lib"
  printf '%s\n' "$state" >"$stamp"
}
