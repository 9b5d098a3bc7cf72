# Loaded by every file of tests.
#
# shellcheck shell=bash

OCI_IPTABLES_TESTS=$(cd "${BASH_SOURCE[0]%/*}/.." && pwd)
export OCI_IPTABLES_TESTS

for library in assert host net bundle workload hook scenarios; do
  # shellcheck source=/dev/null
  source "$OCI_IPTABLES_TESTS/lib/$library.bash"
done

# A host that raised no limit for the test runner must not make a difference.
umask 022
