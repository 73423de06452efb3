#!/usr/bin/env bash
# A story in eight commands. Every command's exit code and answer are checked: the demo fails when one is not as told.
set -euo pipefail
cd "$(dirname "$0")/../.."
export LC_ALL=C.UTF-8

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

say() { printf '\n=== %s\n' "$*"; }

# expect EXIT_CODE WORDS COMMAND: prints the command, runs it, and looks for the words in what it says.
expect() {
  local wanted=$1 words=$2 command=$3 code=0
  printf '\n$ %s\n' "$command"
  (cd "${4:-.}" && bash -c "$command") >"$scratch/said" 2>&1 || code=$?
  cat "$scratch/said"
  if [ "$code" -ne "$wanted" ]; then
    printf '\ndemo: exit code %s instead of %s\n' "$code" "$wanted" >&2
    exit 1
  fi
  if ! grep -qF -- "$words" "$scratch/said"; then
    printf '\ndemo: the answer does not say "%s"\n' "$words" >&2
    exit 1
  fi
}

say 'Ana buys two core seats. Allowed, and billed from today.'
expect 0 'effective on 2024-11-15' \
  'seatrules check --state tests/demo/account.yaml --action tests/demo/buy-seats.yaml'

say 'Bob removes three. Denied for two reasons: he may not change the bill, and only two seats are unassigned.'
expect 3 permission_modify_billing_required \
  'seatrules check --state tests/demo/account.yaml --action tests/demo/remove-too-many.yaml --lang en'

say 'The same answer in Dutch.'
expect 3 exceeds_unassigned_seats \
  'seatrules check --state tests/demo/account.yaml --action tests/demo/remove-too-many.yaml --lang nl'

say 'An account from the day before seat-based pricing has no core seats ...'
expect 3 legacy_seat_type_unavailable \
  'seatrules check --state tests/demo/account-legacy.yaml --action tests/demo/buy-seats.yaml'

say '... and one from the day itself has.'
expect 0 'Billing: increase' \
  'sed s/2024-03-04/2024-03-05/g tests/demo/account-legacy.yaml | seatrules check --state - --action tests/demo/buy-seats.yaml'

say 'Ana schedules the removal of both unassigned seats: they leave at the renewal.'
expect 0 'effective on 2025-06-01' \
  'seatrules check --state tests/demo/account.yaml --action tests/demo/remove-seats.yaml'

say 'In December she assigns one of them to Cas after all: that calls the removal off.'
expect 0 ok_downgrade_cancelled_by_reassignment \
  'seatrules check --state tests/demo/account-later.yaml --action tests/demo/assign-seat.yaml'

say 'Dee has left. Step by step: what is denied, what frees the seat, and the bill that falls at the renewal.'
expect 3 'ok_removal_effective' \
  'seatrules simulate --state tests/demo/account-leaver.yaml --steps tests/demo/leaving.yaml --keep-going'

say 'A policy author mistypes a fact. Nothing is decided by such a policy; lint says where and what.'
cp -R policies/hubspot-seats "$scratch/my-policy"
expect 1 'did you mean `removable`' \
  "sed -i.bak '/require:/s/removable/removeable/' my-policy/2024-11-01/rules/20-buying-and-removing.yaml && seatrules lint my-policy" "$scratch"

printf '\nAll as told.\n'
