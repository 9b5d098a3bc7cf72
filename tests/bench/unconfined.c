/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs a command in which no process can confine itself further: system call filters, Landlock and lower limits are
 * answered as a kernel without them would. A simulated processor, under which instructions are counted, makes system
 * calls of its own that such filters end the process for.
 *
 *     unconfined COMMAND...            the first word is an absolute path
 */
#include "base/cleanup.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)offsetof(struct seccomp_data, field))
#define IS(value, then, otherwise) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (value), (then), (otherwise))

int main(int argc, char **argv)
{
	/* prlimit64() with new limits has a pointer in its third argument, whose lower half is as good as never zero.
	 */
	struct sock_filter instructions[] = {
		LOAD(nr),
		IS(SYS_seccomp, 5, 0),
		IS(SYS_landlock_create_ruleset, 4, 0),
		IS(SYS_prlimit64, 0, 2),
		LOAD(args[2]),
		IS(0, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
	};
	struct sock_fprog program = {.len = (unsigned short)ARRAY_LENGTH(instructions), .filter = instructions};

	if (argc < 2) {
		fprintf(stderr, "usage: unconfined COMMAND...\n");
		return 2;
	}
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) != 0) {
		fprintf(stderr, "unconfined: seccomp: %s\n", strerror(errno));
		return 1;
	}
	execv(argv[1], argv + 1);
	fprintf(stderr, "unconfined: %s: %s\n", argv[1], strerror(errno));
	return 1;
}
