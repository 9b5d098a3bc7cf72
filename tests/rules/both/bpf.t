# SPDX-License-Identifier: GPL-2.0-or-later
:INPUT
*filter
-m bpf --bytecode "1,6 0 0 65535";=;OK
-m bpf --bytecode "4,48 0 0 9,21 0 1 6,6 0 0 1,6 0 0 0";=;OK
-m bpf --bytecode "1,6 0 0 0" -j DROP;=;OK
-m bpf;;FAIL
-m bpf --bytecode;;FAIL
-m bpf --bytecode "";;FAIL
-m bpf --bytecode "4,48 0 0 9,21 0 1 6,6 0 0 1";;FAIL
-m bpf --bytecode "1,48 0 0 9";;FAIL
-m bpf --bytecode "65,6 0 0 0";;FAIL
-m bpf --bytecode "0";;FAIL
-m bpf --bytecode "1,6 0 0";;FAIL
-m bpf --bytecode "1,6 0 0 x";;FAIL
-m bpf --bytecode "1,6 0 0 0" --bytecode "1,6 0 0 0";;FAIL
-m bpf --object-pinned /sys/fs/bpf/there-is-no-such-object;;FAIL
-m bpf --object-pinned;;FAIL
-m bpf --object-pinned /sys/fs/bpf/a --bytecode "1,6 0 0 0";;FAIL
