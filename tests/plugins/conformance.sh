#!/usr/bin/env bash
# The bundled plugins, the example, and the example built out of the tree against the conformance
# suites, through the command that plugin authors use: tests/plugins/conformance.sh BUILD_FOLDER.
# Ends with "N passed, N failed".
set -u
build=${1:?the build folder}
folder=$(cd "$(dirname "$0")" && pwd)
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
passed=0 failed=0

fail() {
  echo "not ok - $1"
  failed=$((failed + 1))
}

count() {
  local tap=$1
  passed=$((passed + $(grep -c '^ok ' <<<"$tap")))
  failed=$((failed + $(grep -c '^not ok ' <<<"$tap")))
  grep -A 3 '^not ok ' <<<"$tap"
}

# check FILE [ARGUMENT...]
check() {
  local file=$1 tap code
  shift
  echo "# $file"
  tap=$("$build/jackdaw" plugin check "$file" "$@" 2>&1)
  code=$?
  count "$tap"
  # A suite that ended early has no plan; a plugin that cannot be opened has no test at all.
  if ! grep -q '^1\.\.[1-9]' <<<"$tap" || { [ "$code" != 0 ] && ! grep -q '^not ok ' <<<"$tap"; }; then
    fail "$file: ${tap##*$'\n'}"
  fi
}

# check_all FOLDER [ARGUMENT...]: every plugin there, of which there are some
check_all() {
  local file files
  files=("$1"/*.so)
  shift
  [ -e "${files[0]}" ] || fail "there are no plugins: ${files[0]}"
  for file in "${files[@]}"; do
    [ ! -e "$file" ] || check "$file" "$@"
  done
}

check_all "$build/plugins"
check_all "$build/examples" --fixture eml # the name of its service is no kind of mail

if bash "$folder/out_of_tree.sh" "$build" "$out" >"$out/log" 2>&1; then
  check_all "$out" --fixture eml
else
  cat "$out/log"
  fail "the example does not build out of the tree"
fi

# Who runs Jackdaw is not offered the example.
if "$build/jackdaw" plugin list --plugins "$build/plugins" | grep -q 'org\.example'; then
  fail "the example lies where Jackdaw looks for plugins"
else
  passed=$((passed + 1))
fi

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
