#!/usr/bin/env bash
# The figures that README and the change log quote, beside the peers in one run.
#   ./dev bench ingest [TURNS]     read, decide and index 20,000 mails beside notmuch, mu and the limit
#   ./dev bench latency            delivery to a decided event; interactive writes during an ingest
#   ./dev bench rules              what the standard pack costs per mail, and what reading it costs
#   ./dev bench decisions          rules and learner against what people said of mail
# JACKDAW_SHARED (../shared otherwise) holds the mail and the peers; what is missing is named.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
name=${1:-all}
SHARED=${JACKDAW_SHARED:-$(cd .. && pwd)/shared}
CACHE=${BENCH_CACHE:-${TMPDIR:-/tmp}/jackdaw-bench}
mkdir -p "$CACHE"
chmod 755 "$CACHE"

say() { printf '%s\n' "$*"; }

# Unpacks the 20,000 mails, and lays them out as a Maildir whose names bear the time of the mail.
prepare_mail() {
  local archive=$SHARED/corpora/bulk/mail-20000.tar.xz
  if [ ! -f "$archive" ]; then
    say "missing: $archive (set JACKDAW_SHARED); measuring with made-up mail, no figure to quote"
    [ -d "$CACHE/maildir/cur" ] || node tests/bench/prepare.mjs --make 20000 "$CACHE/maildir"
    return 0
  fi
  [ -d "$CACHE/mail" ] || { say "unpacking the mail"; mkdir "$CACHE/mail.part"; tar xf "$archive" -C "$CACHE/mail.part"; mv "$CACHE/mail.part" "$CACHE/mail"; }
  [ -d "$CACHE/maildir/cur" ] || node tests/bench/prepare.mjs "$CACHE/mail" "$CACHE/maildir"
}

peer() {
  local script=$SHARED/bench/peers/$1.sh; shift
  if [ ! -f "$script" ]; then
    say "missing peer: $script" >&2
    return 0
  fi
  BENCH_STATE=$CACHE/peers "$script" setup >/dev/null
  BENCH_STATE=$CACHE/peers "$script" load --mails "$CACHE/mail" --max 20000 "$@"
}

bench_ingest() {
  local turn out=$CACHE/ingest.jsonl
  prepare_mail
  : >"$out"
  for turn in $(seq "${TURNS:-3}"); do
    say "turn $turn"
    node tests/bench/ingest.mjs "$CACHE/maildir" "$CACHE/data" | tee -a "$out"
    for one in "mail-fts5 --fts contentless" mail-notmuch mail-mu; do
      # shellcheck disable=SC2086
      peer $one | tee -a "$out"
    done
  done
  node tests/bench/summary.mjs "$out"
}

bench_latency() {
  prepare_mail
  node tests/bench/latency.mjs "$CACHE/maildir" "$CACHE/data"
}

bench_rules() {
  prepare_mail
  node tests/bench/rules.mjs "$CACHE/maildir" "${TURNS:-3}"
  say "reading the same mail"
  build/tests/mail_bench "$CACHE/mail" 1
}

bench_decisions() {
  local labelled=$SHARED/corpora/labelled
  if [ ! -d "$labelled" ]; then
    say "missing: $labelled (set JACKDAW_SHARED); no figure without labelled mail"
    return 0
  fi
  node tests/bench/decisions.mjs "${JACKDAW:-build/jackdaw}" "$labelled" "$CACHE/decisions"
}

case $name in
  all) bench_ingest; bench_latency; bench_rules; bench_decisions ;;
  ingest | latency | rules | decisions) "bench_$name" ;;
  *) say "there is no bench '$name'; there are: ingest, latency, rules, decisions"; exit 2 ;;
esac
