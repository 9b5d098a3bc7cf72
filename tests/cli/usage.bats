#!/usr/bin/env bats
#
# How the command is called: verbs, options, help, completion, colour.

# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2153,SC2154 # the libraries use and set variables

load ../lib/common
load cli

setup_file() {
  host_start
}

teardown_file() {
  host_stop
}

VERBS="list show render check verify reapply why gc doctor"

@test "--help names every verb and fits the terminal" {
  cli --help
  cli_ended 0
  cli_fits
  for verb in $VERBS; do
    assert_matches "$output" "^  $verb +"
  done
}

@test "every verb has --help and --version" {
  for verb in $VERBS; do
    cli "$verb" --help
    cli_ended 0
    cli_fits
    assert_matches "$output" "^Usage: oci-iptables $verb "
    assert_matches "$output" "^  --json +"
    cli "$verb" --version
    cli_ended 0
    assert_matches "$output" "^oci-iptables [0-9]+\.[0-9]+"
  done
  cli --version
  cli_ended 0
}

@test "an unknown verb gets the usage line and the nearest one, exit status 2" {
  cli lst
  cli_ended 2
  assert_equal "$output" ""
  assert_matches "$stderr" '^oci-iptables: unknown verb "lst"; did you mean "list"\?$'
  assert_matches "$stderr" '^Usage: oci-iptables VERB'
  cli frobnicate
  cli_ended 2
  assert_matches "$stderr" '^oci-iptables: unknown verb "frobnicate"$'
  cli
  cli_ended 2
  assert_matches "$stderr" '^Usage: oci-iptables VERB'
}

@test "an unknown option gets the usage line and the nearest one, exit status 2" {
  cli list --jsn
  cli_ended 2
  assert_matches "$stderr" '^oci-iptables: list: unknown option "--jsn"; did you mean "--json"\?$'
  assert_matches "$stderr" '^Usage: oci-iptables list \[OPTION...\]$'
  cli --hepl
  cli_ended 2
  assert_matches "$stderr" 'unknown option "--hepl"; did you mean "--help"'
}

@test "missing, surplus and repeated words are usage errors" {
  cli show
  cli_ended 2
  assert_matches "$stderr" 'show: name a container'
  cli list extra
  cli_ended 2
  assert_matches "$stderr" 'unexpected argument "extra"'
  cli show one two
  cli_ended 2
  cli check --policy
  cli_ended 2
  assert_matches "$stderr" 'no value was given to "--policy"'
  cli check --policy a --policy b
  cli_ended 2
  assert_matches "$stderr" 'given twice: "--policy"'
  cli list --json=yes
  cli_ended 2
  assert_matches "$stderr" 'a value was given to "--json"'
}

@test "hostile words do not steer the terminal" {
  cli show $'a\e[31mb\nc'
  cli_ended 1
  assert_no_match "$stderr" $'\e'
  assert_matches "$stderr" 'a\\x1b\[31mb\\nc'
}

@test "results that can't be written are a failure" {
  refute inside bash -c 'oci-iptables --help >/dev/full'
  refute inside bash -c 'oci-iptables list >/dev/full'
}

@test "colour is for terminals alone, and never with NO_COLOR" {
  cli doctor
  assert_no_match "$output" $'\e'
  output=$(inside script -qec 'TERM=xterm oci-iptables doctor' /dev/null </dev/null)
  assert_matches "$output" $'\e\[32m'
  output=$(inside script -qec 'TERM=xterm NO_COLOR=1 oci-iptables doctor' /dev/null </dev/null)
  assert_no_match "$output" $'\e'
}

@test "completion knows every verb and option, and what is installed is what is printed" {
  for shell in bash zsh fish; do
    cli --completion "$shell"
    cli_ended 0
    for verb in $VERBS; do
      grep -qw -- "$verb" <<<"$output" || fail "$shell does not complete $verb" || return 1
      inside oci-iptables "$verb" --help | grep -oE '^  --[a-z-]+' | while read -r option; do
        grep -q -- "${option#--}" <<<"$output" || fail "$shell does not complete $verb $option" || return 1
      done
    done
    case $shell in
      bash) installed=/usr/share/bash-completion/completions/oci-iptables ;;
      zsh) installed=$(inside zsh -f -c 'print -l $^fpath/_oci-iptables(N)') ;;
      fish) installed=/usr/share/fish/vendor_completions.d/oci-iptables.fish ;;
    esac
    assert_same "$(inside cat "$installed")" "$output"
  done
  cli --completion tcsh
  cli_ended 2
}

@test "bash completes verbs, options and their words" {
  complete_words() {
    inside bash -c 'source /usr/share/bash-completion/completions/oci-iptables
      COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _oci_iptables; printf "%s\n" "${COMPREPLY[@]}"' bash "$@"
  }
  assert_equal "$(complete_words oci-iptables re)" $'render\nreapply'
  assert_equal "$(complete_words oci-iptables gc --d)" "--dry-run"
  assert_equal "$(complete_words oci-iptables check --annotation e)" "egress="
  assert_equal "$(complete_words oci-iptables --completion z)" "zsh"
  assert_equal "$(complete_words oci-iptables list --dry)" ""
}

@test "zsh completes verbs, options and their words" {
  offered() {
    inside timeout 100 zsh -f "$OCI_IPTABLES_TESTS/cli/complete.zsh" "$1"
  }
  assert_equal "$(offered 'oci-iptables re')" $'reapply\nrender'
  assert_equal "$(offered 'oci-iptables gc --d')" "--dry-run"
  assert_equal "$(offered 'oci-iptables check --annotation e')" "egress="
  assert_equal "$(offered 'oci-iptables --completion z')" "zsh"
  assert_equal "$(offered 'oci-iptables list --dry')" ""
}

@test "fish completes verbs, options and their words" {
  # What stands behind a tabulator describes it.
  offered() {
    inside env HOME=/tmp fish -c 'complete -C $argv[1]' "$1" | cut -f 1
  }
  assert_equal "$(offered 'oci-iptables re')" $'reapply\nrender'
  assert_equal "$(offered 'oci-iptables gc --d')" "--dry-run"
  assert_equal "$(offered 'oci-iptables check --annotation e')" "egress="
  assert_equal "$(offered 'oci-iptables --completion z')" "zsh"
  assert_equal "$(offered 'oci-iptables list --dry')" ""
}
