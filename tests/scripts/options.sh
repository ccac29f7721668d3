# What is refused before anything is done.

# refuses TEXT ARGUMENT… compares all that scripts/run says
refuses() {
  local text=$1
  shift
  start refused "$root/scripts/run" "$@"
  check "scripts/run $* ends with 1" ended_with 1
  check "  … and says why" equal "$(cat "$log")" "error: $text"
}
refuses "unknown option --prot; scripts/run --help explains" --prot 5222
refuses "--port needs a value; scripts/run --help explains" --port
refuses "'65536' is not a port: 1 to 65535" --port 65536
refuses "'5222x' is not a port: 1 to 65535" --admin-port 5222x
refuses "'Example.org' is not a domain: lower-case letters, digits, dots, hyphens" --domain Example.org
refuses "found '$work/it's', allowed: a path without quotes, backslashes, dollar signs, colons and line ends" --folder "$work/it's"
refuses "there is no $work/none.yaml" --config "$work/none.yaml"
refuses "--demo-cluster makes its own configs: only --folder goes with it" --demo-cluster --domain example.org
refuses "'ejabberd' is not a host: prosody or tigase" --host ejabberd
refuses "--host tigase needs --tigase-home, the folder of an installed Tigase" --host tigase
refuses "--tigase-home goes with --host tigase" --tigase-home /opt/tigase
refuses "--demo-cluster is with Prosody: it does not go with --host tigase" --host tigase --tigase-home "$work" --demo-cluster
refuses "$work is no Tigase: found no jars/tigase-server.jar, allowed: the folder that has Tigase's jars/ and etc/" \
  --host tigase --tigase-home "$work"

start help "$root/scripts/run" --help
check "scripts/run --help ends with 0" ended_with 0
for option in $(grep -oE -- '--[a-z-]+\)' "$root/scripts/run" | tr -d ')' | sort -u); do
  check "--help explains $option" has "$log" "^  $option( |$)"
done

# a checkout that anybody can read, with programs before the system's own
checkout=$work/checkout shims=$work/shims
mkdir -p "$checkout/plugins/cli/target" "$shims"
cp -r "$root/scripts" "$root/pom.xml" "$checkout/"
printf '#!/bin/sh\ncase "$*" in *prosody*|*openssl*) exit 1;; esac\nexec /usr/bin/dpkg-query "$@"\n' >"$shims/dpkg-query"
printf '#!/bin/sh\n' | tee "$shims/javac" >"$shims/mvn"
chmod -R a+rX,a+x "$checkout" "$shims"
as_nobody=()
[ "$(id -u)" != 0 ] || as_nobody=(setpriv --reuid=nobody --regid=nogroup --clear-groups)

start missing env PATH="$shims:$PATH" "${as_nobody[@]}" "$checkout/scripts/run"
check "without root and with packages missing it ends with 1" ended_with 1
check "  … and one line that names the command" equal "$(cat "$log")" \
  "error: packages are missing; type: sudo apt-get install --no-install-recommends prosody openssl"

start bench-help env PATH="$shims:$PATH" "$checkout/scripts/bench" --help
check "scripts/bench --help ends with 0" ended_with 0
check "  … before it looks for packages" has_not "$log" 'packages|apt-get'
check "  … and explains" has "$log" '^  scripts/bench presence '
