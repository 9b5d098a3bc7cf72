/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Linked into the sanitized build. The hook clears its environment and its definition has a fixed one, so options
 * cannot come from there. The leak checker traces the process it checks, which the hook forbids (undumpable, no
 * capability left): leaks are looked for in the unit tests, whose environment switches it on again.
 */
const char *__asan_default_options(void);

const char *__asan_default_options(void)
{
	return "detect_leaks=0:abort_on_error=1";
}
