# A signal while Maven works ends it, and all that it has started, and nothing is kept of what it has half done.

rm "$shims/dpkg-query"
cat >"$shims/mvn" <<END
#!/bin/sh
# starts another process and waits for it, as Maven does with tests and their servers
touch "$work/building"
sleep 1000 &
wait
END

# build_ends SCRIPT SIGNAL STATUS
build_ends() {
  rm -f "$work/building"
  printf 'half' >"$checkout/plugins/cli/target/half.jar"
  mkdir -p "$checkout/plugins/cli/target/classes/gone"
  start "$1-$2" env PATH="$shims:$PATH" "$checkout/scripts/$1"
  check "scripts/$1 starts Maven" await test -e "$work/building"
  check "scripts/$1 ends with $3 after SIG$2" ended_with "$3" "$2"
  check "  … with all that Maven has started" nothing_is_left
}
for ending in "INT 130" "TERM 143" "KILL 137"; do
  build_ends run $ending
  check "  … and no old half of a jar is built upon" test ! -e "$checkout/plugins/cli/target/half.jar"
  check "  … nor what the sources no longer have" test ! -e "$checkout/plugins/cli/target/classes"
  [ "$ending" = "KILL 137" ] || check "  … saying so" has "$log" 'stopped before it was ready'
  build_ends test $ending
  [ "$ending" = "KILL 137" ] || check "  … saying so" has "$log" 'stopped before all tests have run'
done
