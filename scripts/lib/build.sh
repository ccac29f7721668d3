# Building with Maven, only when something has changed.

# What a module leaves in its target folder for whoever runs it.
declare -A distribution_of=([cli]=dist [host-tigase]=distribution)

# What distributions are made of, and how, as one hash over names, times and sizes.
source_state() {
  (cd "$root" && find pom.xml plugins scripts/lib/build.sh -path '*/target' -prune -o -type f ! -name '.jqwik-database' -printf '%p %T@ %s\n' | LC_ALL=C sort | sha256sum)
}

# The stamp is beside the distribution. One without it is of a build that was broken off, or that somebody has made by hand.
stamp_of() { printf '%s\n' "$root/plugins/$1/target/.built-from"; }
distribution() { printf '%s\n' "$root/plugins/$1/target/${distribution_of[$1]}"; }

# is_built STATE MODULE
is_built() { [ -d "$(distribution "$2")" ] && [ -f "$(stamp_of "$2")" ] && [ "$(cat "$(stamp_of "$2")")" = "$1" ]; }

# build MODULE… leaves the distributions of these modules of plugins/
build() {
  local state module old=() modules=() options=()
  state=$(source_state)
  for module in "$@"; do
    is_built "$state" "$module" || old+=("$module")
  done
  [ ${#old[@]} -gt 0 ] || return 0
  say "building Chancery (the first time, Maven fetches its libraries quietly; that takes minutes) …"
  mkdir -p "$root/target"
  for module in "$@"; do
    modules+=("plugins/$module")
    rm -rf "$(stamp_of "$module")" "$(distribution "$module")"
    [ "$module" != host-tigase ] || options=(-Ptigase)
  done
  # a build that was broken off may have left half a jar, and an earlier one what is no longer in the sources: Maven would keep both
  rm -rf "$root"/plugins/*/target/*.jar "$root"/plugins/*/target/classes
  begin env -C "$root" mvn -B -q -ntp package -DskipTests "${options[@]}" -pl "$(IFS=,; printf '%s' "${modules[*]}")" -am >"$root/target/build.log" 2>&1
  finish || build_failed
  for module in "$@"; do
    [ -d "$(distribution "$module")" ] || fail "the build left no $(distribution "$module")"
    printf '%s\n' "$state" >"$(stamp_of "$module")"
  done
}

build_failed() {
  local log=$root/target/build.log
  cat "$log" >&2
  ! grep -q '\[ERROR\].* tigase:tigase-' "$log" || explain_tigase_artifacts "$log"
  fail "the build failed, see above"
}
