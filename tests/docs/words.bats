#!/usr/bin/env bats
#
# Documents, code and help texts name the same things: what one has and the other lacks fails here.

# shellcheck disable=SC2013,SC2034,SC2154 # the libraries use and set these

load ../lib/common

# same SUBJECT: the code and every document that tells of it have the same words
same() {
  local code docs
  code=$(python3 "$BATS_TEST_DIRNAME/facts.py" code "$1")
  docs=$(python3 "$BATS_TEST_DIRNAME/facts.py" docs "$1")
  assert_same "$code" "$docs"
}

# The installed programs and pages, without a test host.
setup_file() {
  HOST_SCRATCH=$BATS_FILE_TMPDIR
  TREE=$(host_tree)
  export TREE
}

# page NAME.SECTION: the manual page as a reader sees it, without hyphenation
page() {
  MANWIDTH=200 LC_ALL=C.UTF-8 MANROFFOPT=-rHY=0 man -l "$TREE/usr/share/man/man${1##*.}/$1" | col -bx
}

@test "annotations" {
  same annotations
}

@test "words, addresses, protocols and types of endpoint lists" {
  same endpoint-words
  same endpoint-ranges
  same protocols
  same icmp-types
}

@test "variables" {
  same variables
}

@test "matches and targets that annotations may use by default, and tables" {
  same extensions
  same tables
}

@test "members of the configuration, and the capabilities that it forbids" {
  same configuration
  same capabilities
}

@test "members of a policy document" {
  same policy
}

@test "shipped profiles" {
  same profiles
}

@test "sources of a refusal" {
  same sources
}

@test "stages of the hook" {
  same stages
  usage=$("$TREE/usr/libexec/oci/hooks.d/oci-iptables-hook" --help | head -n 1)
  assert_equal "$usage" "Usage: oci-iptables-hook [createRuntime|prestart|poststop]"
}

@test "limits" {
  same limits
}

@test "capabilities of each phase in SECURITY.md and in privileges.c" {
  same privileges
}

@test "the hook's --help and its page name the same options and exit statuses" {
  hook=$TREE/usr/libexec/oci/hooks.d/oci-iptables-hook
  help=$("$hook" --help | grep -oE '^ +--[a-z]+' | tr -d ' ')
  assert_same "$help" "$(page oci-iptables-hook.8 | sed -n '/^OPTIONS/,/^EXIT/s/^ \+\(--[a-z]*\)$/\1/p')"
  status=0
  "$hook" bogus </dev/null 2>/dev/null || status=$?
  assert_equal "$status" 1
  assert_equal "$("$hook" --version)" "oci-iptables-hook $(sed -n "s/^ *version: '\(.*\)',/\1/p" "$OCI_IPTABLES_TESTS/../meson.build")"
}

@test "oci-iptables --help and its page name the same verbs and options" {
  program=$TREE/usr/bin/oci-iptables
  help=$("$program" --help | sed -n 's/^  \([a-z]\+\)  *\(\[\?CONTAINER\]\?\)\? .*/\1 \2/p' | sed 's/ *$//')
  assert_same "$help" "$(page oci-iptables.8 | sed -n '/^VERBS/,/^OPTIONS/s/^   \([a-z].*\)$/\1/p')"
  assert_matches "$help" '^show CONTAINER$'
  for verb in $(cut -d' ' -f1 <<<"$help"); do
    options=$("$program" "$verb" --help | grep -oE '^  --[a-z-]+( [A-Z=]+)?' | sed 's/^ *//' |
      grep -vE '^--(help|version)$' | sort)
    listed=$(page oci-iptables.8 | sed -n "/^   $verb\>/,/^ \{0,3\}[A-Za-z]/p" | grep -E '^ {7}--' | tr ',' '\n' |
      sed 's/^ *//; s/ *$//' | sort)
    assert_same "$verb: $options" "$verb: $listed"
  done
}

@test "oci-iptables ends with the exit statuses of its page" {
  program=$TREE/usr/bin/oci-iptables
  status=0
  "$program" bogus >/dev/null 2>&1 || status=$?
  assert_equal "$status" 2
  status=0
  "$program" check --annotation egress=x >/dev/null 2>&1 || status=$?
  assert_equal "$status" 1
  "$program" check --annotation egress=192.0.2.1
}

@test "files that the pages name below /usr are installed, and the other way round" {
  # shellcheck disable=SC2086 # a list of files
  named=$(cat "$OCI_IPTABLES_TESTS"/../doc/man/*.scd "$OCI_IPTABLES_TESTS"/../*.md |
    grep -oE '/usr/(share|libexec)/[A-Za-z0-9/._-]*oci-iptables[A-Za-z0-9/._-]*' | sed 's,[._/]*$,,' | sort -u)
  [[ $(wc -l <<<"$named") -ge 5 ]]
  for file in $named; do
    [[ -e $TREE$file ]] || fail "named and not installed: $file"
  done
  while IFS= read -r file; do
    grep -qxF -e "$file" -e "${file%/*}" <<<"$named" || fail "installed and named nowhere: $file"
  done < <(cd "$TREE" && find usr/share usr/libexec -type f ! -path '*/man/*' ! -path '*completion*' ! -path '*/site-functions/*' -printf '/%p\n')
}

@test "every page refers to pages and sections that exist" {
  for file in "$OCI_IPTABLES_TESTS"/../doc/man/*.scd; do
    for name in $(grep -oE '\*oci-iptables[a-z-]*\*\([0-9]\)' "$file" | sort -u | tr -d '*'); do
      [[ -e $OCI_IPTABLES_TESTS/../doc/man/${name%(*}.${name: -2:1}.scd ]] || fail "$file: $name"
    done
    for section in NAME SYNOPSIS DESCRIPTION ENVIRONMENT EXAMPLES "SEE ALSO"; do
      grep -qx "# $section" "$file" || fail "$file: no section $section"
    done
    [[ -s $TREE/usr/share/man/man${file: -5:1}/$(basename "$file" .scd) ]] || fail "$file is not installed"
  done
}

@test "every page renders at 80 columns without a warning" {
  for file in "$TREE"/usr/share/man/man*/*; do
    MANWIDTH=80 LC_ALL=C.UTF-8 man --warnings -l "$file" >"$BATS_TEST_TMPDIR/text" 2>"$BATS_TEST_TMPDIR/warnings"
    assert_same "" "$(<"$BATS_TEST_TMPDIR/warnings")"
    [[ $(wc -l <"$BATS_TEST_TMPDIR/text") -gt 50 ]]
    long=$(col -bx <"$BATS_TEST_TMPDIR/text" | LC_ALL=C.UTF-8 grep -E '^.{81}' || true)
    assert_same "" "$long"
  done
}

@test "links, anchors and paths of all Markdown files exist" {
  assert_same "" "$(python3 "$BATS_TEST_DIRNAME/links.py")"
}

@test "SECURITY.md names every file of tests that attack a promise" {
  for file in "$OCI_IPTABLES_TESTS"/{hook,runtime,policy,layers}/*.bats; do
    grep -q "tests/${file#"$OCI_IPTABLES_TESTS/"})" "$OCI_IPTABLES_TESTS/../SECURITY.md" || fail "not named: $file"
  done
}
