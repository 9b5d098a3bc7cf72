# What the tests of the command share.
#
# shellcheck shell=bash disable=SC2034 # status, output and stderr are for the tests

# Runs `oci-iptables` in the test host. Sets status, output (stdout) and stderr.
cli() {
  status=0
  inside oci-iptables "$@" >"$BATS_TEST_TMPDIR/cli.out" 2>"$BATS_TEST_TMPDIR/cli.err" </dev/null || status=$?
  cli_read_output
}

# The same as the unprivileged user, in a directory that the user can read.
cli_as_user() {
  status=0
  inside_as_user oci-iptables "$@" >"$BATS_TEST_TMPDIR/cli.out" 2>"$BATS_TEST_TMPDIR/cli.err" </dev/null || status=$?
  cli_read_output
}

cli_read_output() {
  output=$(<"$BATS_TEST_TMPDIR/cli.out")
  stderr=$(<"$BATS_TEST_TMPDIR/cli.err")
}

# The last run ended so: cli_ended STATUS
cli_ended() {
  [[ $status -eq $1 ]] || fail "exit status $status, not $1" "stdout: $output" "stderr: $stderr"
}

# No line is wider than a terminal of 80 columns.
cli_fits() {
  local line
  while IFS= read -r line; do
    [[ ${#line} -le 80 ]] || fail "wider than 80 columns: $line" || return 1
  done <<<"$output"
}

# The output is JSON that the schema of the repository takes: cli_matches_schema NAME
cli_matches_schema() {
  /usr/bin/python3 "$OCI_IPTABLES_TESTS/cli/validate.py" "$OCI_IPTABLES_TESTS/../schemas/$1.schema.json" \
    "$BATS_TEST_TMPDIR/cli.out"
}

# A file that the test host and the unprivileged user can read, text on stdin: cli_file NAME. Sets FILE.
cli_file() {
  FILE=$BATS_TEST_TMPDIR/$1
  cat >"$FILE"
}

# A command in the namespace of the container "box".
in_box() {
  inside nsenter --net=/run/netns/box "$@"
}
