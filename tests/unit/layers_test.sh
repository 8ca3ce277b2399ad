#!/usr/bin/env bash
# The nevers of the architecture, held by a program:
#   floors    includes point down alone; plugins see <jackdaw/*.h> and themselves
#   doors     one file, or one folder, per outside library
#   binaries  what each binary needs and exports
# Usage: layers_test.sh BUILD        (BUILD holds jackdaw, jackdaw-compute.so, plugins/)
# Before it looks at the tree it checks itself: a small tree with planted faults must fail.
set -uo pipefail
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
BUILD=$(realpath -m "${1:-$ROOT/build}")
PASSED=0 FAILED=0

# Which floors a floor may include, itself aside. `include` is core/include/jackdaw.
declare -A FLOORS=(
  [include]=""
  [base]="include"
  [wire]="base include"
  [host]="base include"
  [store]="host wire base include"
  [pipeline]="store host wire base include"
  [gateway]="store host base include"
  [mail]="wire base include"
  [script]="mail wire base include"
  [compute]="script mail wire base include"
  [cli]="gateway pipeline store host wire base include"
)

# Header of a library, and the files that may name it: two extended regular expressions.
DOORS=(
  '^cjson/ core/base/json\.c'
  '^sodium core/base/seal\.c'
  '^zstd core/base/compress\.c'
  '^(yaml|libfyaml) core/host/config[a-z_]*\.c'
  '^curl/ core/host/net\.c'
  '^microhttpd core/gateway/http\.c'
  '^libwebsockets core/gateway/hub\.c'
  '^(gmime|glib) core/mail/mime\.c'
  '^gumbo core/mail/html[a-z_]*\.c'
  '^libical/ core/mail/calendar\.c'
  '^(lua|lualib|lauxlib)\.h core/script/[a-z_]+\.[ch]'
  '^pcre2 core/script/regex\.c'
  '^seccomp core/compute/[a-z_]+\.c'
  '^sqlite3 plugins/sqlite/[a-z_]+\.[ch]'
  '^libpq plugins/postgres/[a-z_]+\.[ch]'
  '^hiredis plugins/redis/[a-z_]+\.[ch]'
)

ok() { PASSED=$((PASSED + 1)); echo "ok $((PASSED + FAILED)) - $1"; }

# not_ok NAME: what is wrong stands on standard input, one line each.
not_ok() { FAILED=$((FAILED + 1)); echo "not ok $((PASSED + FAILED)) - $1"; sed 's/^/# /'; }

# verdict NAME FAULTS
verdict() { if [ -z "$2" ]; then ok "$1"; else not_ok "$1" <<<"$2"; fi; }

# ---- includes ----

# list_includes TREE FOLDER: lines "FILE KIND HEADER"; KIND is " or <.
list_includes() {
  (cd "$1" && [ -d "$2" ] && grep -rHoE --include='*.[ch]' '^[[:space:]]*#[[:space:]]*include[[:space:]]*["<][^">]+' "$2") |
    sed -E 's/^([^:]+):[[:space:]]*#[[:space:]]*include[[:space:]]*(["<])(.*)$/\1 \2 \3/'
}

is_among() { [[ " $2 " == *" $1 "* ]]; }

# Core: a quoted header is named from core/, so its first folder is its floor.
check_floors() {
  local tree=$1 file kind header from to
  while read -r file kind header; do
    from=${file#core/} from=${from%%/*}
    if [ -z "${FLOORS[$from]+known}" ]; then
      echo "$file: core/$from is no floor of the table"
      continue
    fi
    if [ "$kind" = '<' ]; then
      [[ $header == jackdaw/* ]] && to=include || continue
    else
      to=${header%%/*}
    fi
    [ "$to" = "$from" ] || is_among "$to" "${FLOORS[$from]}" || echo "$file includes $header: $from may not see $to"
  done < <(list_includes "$tree" core)
}

# Plugins: their own folder and <jackdaw/...> of all that is ours. Their tests may see the page of
# macros too.
check_plugins() {
  local tree=$1 file kind header folder
  while read -r file kind header; do
    folder=${file%/*}
    if [ "$kind" = '"' ]; then
      [ -f "$tree/$folder/$header" ] || { [[ $file == *_test.[ch] ]] && [ "$header" = jd_test.h ]; } ||
        echo "$file includes \"$header\": a plugin sees <jackdaw/*.h> and its own folder"
    elif [ -e "$tree/core/$header" ]; then
      echo "$file includes <$header>: a plugin sees <jackdaw/*.h> alone of the core"
    fi
  done < <(list_includes "$tree" plugins)
}

# Every floor may be lent the libc; other libraries come in by one door.
check_doors() {
  local tree=$1 file kind header door
  while read -r file kind header; do
    for door in "${DOORS[@]}"; do
      if [[ $header =~ ${door% *} ]] && ! [[ $file =~ ^${door#* }$ ]]; then
        echo "$file includes <$header>: its door is ${door#* }"
      fi
    done
  done < <(list_includes "$tree" core; list_includes "$tree" plugins)
}

# The floor that meets strangers' bytes is pure: no log, clock, file or net.
check_pure() {
  local tree=$1 file kind header
  while read -r file kind header; do
    [[ $kind != '"' || $header != base/* || $header =~ ^base/(arena|buf|map|span|error|utf8)\.h$ ]] ||
      echo "$file includes $header: core/mail is pure"
  done < <(list_includes "$tree" core/mail)
}

# Only the program ends the program.
check_exits() {
  (cd "$1" && grep -rnE --include='*.c' '(^|[^_a-z])exit\(' core/base) |
    sed 's/$/: core\/base does not end the process/'
}

check_tree() {
  verdict "$2: includes of core point down" "$(check_floors "$1")"
  verdict "$2: plugins see the public headers alone" "$(check_plugins "$1")"
  verdict "$2: one door per library" "$(check_doors "$1")"
  verdict "$2: core/mail is pure" "$(check_pure "$1")"
  verdict "$2: core/base does not end the process" "$(check_exits "$1")"
}

# ---- binaries ----

needed() { readelf -d "$1" | sed -nE 's/.*\(NEEDED\).*\[(.*)\].*/\1/p'; }

# check_needs BINARY PATTERN: libraries that it must not need.
check_needs() {
  local file=$BUILD/$1
  [ -f "$file" ] || { echo "$file is missing: build it"; return; }
  needed "$file" | grep -E "$2" | sed "s,^,$1 needs ,"
}

# A shared object of ours has one door: its entry symbol.
check_exports() {
  local file=$1 wanted=$2 found
  [ -f "$file" ] || { echo "$file is missing: build it"; return; }
  found=$(nm -D --defined-only "$file" | awk '{ print $3 }' | grep -vE '^(__asan|__ubsan|__odr_asan|__tsan|_init$|_fini$)' | sort | xargs)
  [ "$found" = "$wanted" ] || echo "$(basename "$file") exports '$found' instead of '$wanted'"
}

check_binaries() {
  local plugin compute_entry plugin_entry
  compute_entry=$(sed -nE 's/.*define JD_COMPUTE_ENTRY +"([a-z_]+)".*/\1/p' "$ROOT"/core/wire/*.h)
  plugin_entry=$(sed -nE 's/.*dlsym\([a-z]+, "([a-z_]+)"\).*/\1/p' "$ROOT/core/host/loader.c")
  verdict "jackdaw needs no library of hostile input, no engine" \
    "$(check_needs jackdaw '^lib(lua|gmime|glib|gumbo|pcre2|sqlite3|seccomp|pq|hiredis)')"
  verdict "jackdaw-compute.so needs no network, store or configuration" \
    "$(check_needs jackdaw-compute.so '^lib(microhttpd|websockets|sqlite3|yaml|fyaml|curl|pq|hiredis|ssl)')"
  verdict "jackdaw-compute.so exports its entry alone" "$(check_exports "$BUILD/jackdaw-compute.so" "$compute_entry")"
  for plugin in "$BUILD"/{plugins,examples}/*.so; do
    verdict "plugin $(basename "$plugin" .so) exports its entry alone" "$(check_exports "$plugin" "$plugin_entry")"
  done
}

# ---- the test of the test ----

# plant TREE FILE LINE
plant() { mkdir -p "$(dirname "$1/$2")"; printf '%s\n' "$3" >>"$1/$2"; }

# expect_fault NAME CHECK FILE LINE: CHECK must complain of FILE when LINE stands in it.
expect_fault() {
  local tree faults
  tree=$(mktemp -d)
  plant "$tree" core/base/span.h '#include <jackdaw/types.h>'
  plant "$tree" core/store/jobs.c '#include "base/span.h"'
  plant "$tree" "$3" "$4"
  faults=$("$2" "$tree")
  if [[ $faults == *"$3"* ]]; then ok "planted: $1"; else not_ok "planted: $1" <<<"not seen: $3: $4"; fi
  rm -r "$tree"
}

# expect_none NAME CHECK FILE LINE: LINE is fine there.
expect_none() {
  local tree
  tree=$(mktemp -d)
  plant "$tree" "$3" "$4"
  verdict "planted: $1" "$("$2" "$tree")"
  rm -r "$tree"
}

check_self() {
  expect_fault "an include that points up" check_floors core/base/log.c '#include "store/jobs.h"'
  expect_fault "an include across the wings" check_floors core/pipeline/pool.c '#  include "mail/message.h"'
  expect_fault "gateway sees pipeline" check_floors core/gateway/on_jobs.c '#include "pipeline/worker.h"'
  expect_fault "core sees a plugin" check_floors core/host/host.c '#include "plugins/sqlite/sqlite.h"'
  expect_fault "a folder that is no floor" check_floors core/attic/old.c '#include "base/span.h"'
  expect_fault "a plugin sees the core" check_plugins plugins/sqlite/sqlite.c '#include "base/span.h"'
  expect_fault "a plugin sees the core by angle brackets" check_plugins plugins/sqlite/sqlite.c '#include <base/span.h>'
  expect_fault "a library by another door" check_doors core/gateway/on_jobs.c '#include <cjson/cJSON.h>'
  expect_fault "SQLite outside its plugin" check_doors core/store/db.c '#include <sqlite3.h>'
  expect_fault "mail writes a log" check_pure core/mail/mime.c '#include "base/log.h"'
  expect_fault "base ends the process" check_exits core/base/json.c '    exit(1);'
  expect_none "an include that points down" check_floors core/pipeline/pool.c '#include "wire/zygote.h"'
  expect_none "a library by its door" check_doors core/base/json.c '#include <cjson/cJSON.h>'
}

check_self
check_tree "$ROOT" "tree"
check_binaries
echo "$PASSED passed, $FAILED failed"
[ "$FAILED" = 0 ]
