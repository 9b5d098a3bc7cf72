#!/usr/bin/env bats
#
# Spellings of capabilities that a runtime grants and a reader of config.json could overlook; mandatory profiles that
# hold nothing.

# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2154 # the libraries use and set the others

load ../lib/common

setup_file() {
  hook_setup_file
}

teardown_file() {
  host_stop
}

setup() {
  hook_setup
}

teardown() {
  hook_teardown
}

DENY="-A OUTPUT -d 192.0.2.7 -j DROP"

# libcap's cap_from_name(), which crun asks, takes numbers of all bases and stops at the first foreign character.
@test "CAP_NET_ADMIN written as a number, or with something behind it, is seen" {
  local before name
  before=$(<"$HOST_SCRATCH/bundles/box/config.json")
  hook_annotate rules "$DENY"
  for name in CAP_NET_ADMIN cap_net_admin net_admin 12 0xc 014 "CAP_NET_ADMIN " "cap_net_admin,x" "net_admin+ep"; do
    echo "$before" >"$HOST_SCRATCH/bundles/box/config.json"
    bundle_capability box "$name" bounding
    hook createRuntime
    [[ $status -ne 0 ]] || fail "accepted: \"$name\"" || return 1
    hook_refused "config.json: "
  done
}

# Go's encoding/json, by which runc reads config.json, knows no case; two spellings together are one object to it.
@test "CAP_NET_ADMIN under a member's name in other letters, which runc takes for the right one, is seen" {
  local before edit sets='{bounding: ["CAP_NET_ADMIN"], effective: ["CAP_NET_ADMIN"], permitted: ["CAP_NET_ADMIN"]}'
  before=$(<"$HOST_SCRATCH/bundles/box/config.json")
  hook_annotate rules "$DENY"
  for edit in ".process.Capabilities = $sets" ".PROCESS.capabilities = $sets" ".[\"proce\u017fs\"].capabilities = $sets" \
    '.linux.nameSpaces = [{type: "network"}]' '.Linux.namespaces = []' '.linux.namespaces[0].Type = "network"'; do
    echo "$before" >"$HOST_SCRATCH/bundles/box/config.json"
    bundle_edit box "$edit"
    hook createRuntime
    [[ $status -ne 0 ]] || fail "accepted: $edit" || return 1
    hook_refused "config.json: .*some runtimes take it for"
  done
  echo "$before" >"$HOST_SCRATCH/bundles/box/config.json"
  bundle_edit box '.process.capabilities2 = {} | .Processes = {} | .linu = {}'
  hook_apply "$DENY"
}

@test "a mandatory profile that holds no rule refuses the container" {
  echo '{"mandatory_profiles": ["base"]}' | host_admin_file config.json
  for text in "" "# all of it was here" $'\n'; do
    echo -n "$text" | host_admin_file profiles/base.rules
    hook createRuntime
    hook_refused "base"
  done
}
