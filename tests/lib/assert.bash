# What a test says when it fails.
#
# shellcheck shell=bash

fail() {
  printf '%s\n' "$@" >&2
  return 1
}

# assert_equal ACTUAL EXPECTED
assert_equal() {
  [[ $1 == "$2" ]] || fail "expected: $2" "actual:   $1"
}

# Two texts of many lines: assert_same BEFORE AFTER
assert_same() {
  [[ $1 == "$2" ]] || {
    diff -u <(printf '%s\n' "$1") <(printf '%s\n' "$2") >&2
    return 1
  }
}

# assert_matches TEXT EXTENDED_REGULAR_EXPRESSION
assert_matches() {
  grep -qE -- "$2" <<<"$1" || fail "no line matches: $2" "text: $1"
}

# assert_no_match TEXT EXTENDED_REGULAR_EXPRESSION
assert_no_match() {
  ! grep -qE -- "$2" <<<"$1" || fail "a line matches: $2" "text: $1"
}

# The one line that the hook gives for a refusal. ID "any" is for input so broken that the id may or may not be found.
# assert_refusal TEXT ID EXTENDED_REGULAR_EXPRESSION
assert_refusal() {
  local count id=${2:0:12}
  [[ $id != any ]] || id='[^ ]{1,12}'
  count=$(printf '%s' "$1" | grep -c '')
  [[ $count -eq 1 ]] || fail "expected exactly one line, got $count:" "$1" || return 1
  assert_matches "$1" "^oci-iptables-hook: $id: [^:]+.*: .+" || return 1
  assert_matches "$1" "$3"
}

# Fails where a command succeeds: `!` alone does not end a test.
# refute COMMAND...
refute() {
  ! "$@" || fail "should not have succeeded: $*"
}
