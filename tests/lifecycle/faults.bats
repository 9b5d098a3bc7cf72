#!/usr/bin/env bats
#
# A sample of the fault sweep; tests/faults/run makes all of it.

@test "killed, without space and without memory at a sample of points: nothing half done, nothing left" {
  run "$BATS_TEST_DIRNAME/../faults/run" --quick
  echo "$output"
  [ "$status" -eq 0 ]
  [[ ${lines[-1]} =~ ^[1-9][0-9]+\ points,\ 0\ leaks$ ]]
}
