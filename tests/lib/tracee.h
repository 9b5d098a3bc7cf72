/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * System calls of a process under ptrace, changed by its registers: x86-64's and arm64's. All of these are for a
 * process that stands at a call's beginning or end; one that was killed meanwhile has no registers any more, and is
 * left alone.
 */
#pragma once

#include <elf.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>

#if defined(__x86_64__) || defined(__aarch64__)
#define TRACEE_IS_KNOWN 1
#else
#define TRACEE_IS_KNOWN 0
#endif

/* REQUEST is PTRACE_GETREGSET or PTRACE_SETREGSET. */
static inline void tracee_transfer(pid_t pid, int request, uintptr_t set, void *bytes, size_t length)
{
	struct iovec place = {bytes, length};

	if (!TRACEE_IS_KNOWN) {
		fprintf(stderr, "calls are changed on x86-64 and arm64 only\n");
		exit(125);
	}
	if (ptrace(request, pid, (void *)set, &place) < 0 && errno != ESRCH) {
		perror("ptrace: registers");
		exit(125);
	}
}

/* Begin of a call: it is not made. What it is for its filter is a call that there is not. */
static inline void tracee_skip_call(pid_t pid)
{
#ifdef __x86_64__
	struct user_regs_struct registers = {0};

	tracee_transfer(pid, PTRACE_GETREGSET, NT_PRSTATUS, &registers, sizeof(registers));
	registers.orig_rax = UINT64_MAX;
	tracee_transfer(pid, PTRACE_SETREGSET, NT_PRSTATUS, &registers, sizeof(registers));
#elif defined(__aarch64__)
	int none = -1;

	tracee_transfer(pid, PTRACE_SETREGSET, NT_ARM_SYSTEM_CALL, &none, sizeof(none));
#else
	tracee_transfer(pid, 0, 0, NULL, 0);
#endif
}

/* End of a call: this is what it returns. */
static inline void tracee_set_answer(pid_t pid, int64_t answer)
{
	struct user_regs_struct registers = {0};

	tracee_transfer(pid, PTRACE_GETREGSET, NT_PRSTATUS, &registers, sizeof(registers));
#ifdef __x86_64__
	registers.rax = (uint64_t)answer;
#elif defined(__aarch64__)
	registers.regs[0] = (uint64_t)answer;
#else
	(void)answer;
#endif
	tracee_transfer(pid, PTRACE_SETREGSET, NT_PRSTATUS, &registers, sizeof(registers));
}

/* An address below the stack, where nothing stands. */
static inline uint64_t tracee_free_place(pid_t pid)
{
	struct user_regs_struct registers = {0};

	tracee_transfer(pid, PTRACE_GETREGSET, NT_PRSTATUS, &registers, sizeof(registers));
#ifdef __x86_64__
	return (registers.rsp & ~UINT64_C(15)) - 4096;
#elif defined(__aarch64__)
	return (registers.sp & ~UINT64_C(15)) - 4096;
#else
	return 0;
#endif
}

/* End of a call: the process goes back to the instruction that made it and makes this one, a number and its arguments.
 * A call that is changed where it begins is not the same: arm64 shows a filter the first argument as it was before. */
static inline void tracee_call_again(pid_t pid, const uint64_t words[7])
{
	struct user_regs_struct registers = {0};

	tracee_transfer(pid, PTRACE_GETREGSET, NT_PRSTATUS, &registers, sizeof(registers));
#ifdef __x86_64__
	registers.rip -= 2;
	registers.rax = words[0];
	registers.rdi = words[1];
	registers.rsi = words[2];
	registers.rdx = words[3];
	registers.r10 = words[4];
	registers.r8 = words[5];
	registers.r9 = words[6];
#elif defined(__aarch64__)
	registers.pc -= 4;
	registers.regs[8] = words[0];
	for (unsigned i = 0; i < 6; i++)
		registers.regs[i] = words[i + 1];
#else
	(void)words;
#endif
	tracee_transfer(pid, PTRACE_SETREGSET, NT_PRSTATUS, &registers, sizeof(registers));
}
