#!/usr/bin/env bash
# The bundled plugins against the conformance suites, through the command that plugin authors
# use: tests/plugins/conformance.sh BUILD_FOLDER. Ends with "N passed, N failed".
set -u
build=${1:?the build folder}
passed=0 failed=0

count() {
  local tap=$1
  passed=$((passed + $(grep -c '^ok ' <<<"$tap")))
  failed=$((failed + $(grep -c '^not ok ' <<<"$tap")))
  grep -A 3 '^not ok ' <<<"$tap"
}

for file in "$build"/plugins/*.so; do
  echo "# $file"
  arguments=()
  [ "$(basename "$file")" = example.so ] && arguments=(--fixture eml) # its name is no kind of mail
  tap=$("$build/jackdaw" plugin check "$file" "${arguments[@]}" 2>&1)
  code=$?
  count "$tap"
  # A suite that ended early has no plan; a plugin that cannot be opened has no test at all.
  if ! grep -q '^1\.\.[1-9]' <<<"$tap" || { [ "$code" != 0 ] && ! grep -q '^not ok ' <<<"$tap"; }; then
    echo "not ok - $file: ${tap##*$'\n'}"
    failed=$((failed + 1))
  fi
done

[ $((passed + failed)) -gt 0 ] || { echo "not ok - there are no plugins in $build/plugins"; failed=1; }
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
