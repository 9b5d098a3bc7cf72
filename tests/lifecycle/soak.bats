#!/usr/bin/env bats
#
# A short form of the soak; tests/lifecycle/soak makes all of it.

@test "60 containers live and die in disorder, with kills and without poststops: rules whole all the time, nothing left" {
  run "$BATS_TEST_DIRNAME/soak" 60
  echo "$output"
  [ "$status" -eq 0 ]
  [[ ${lines[-1]} =~ ^[1-9][0-9]+\ lives,\ nothing\ left$ ]]
}
