#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What compiler and linker were asked to do for the installed programs, read from the files themselves.

setup_file() {
  if [[ -z ${OCI_IPTABLES_TREE:-} ]]; then
    export OCI_IPTABLES_TREE=$BATS_FILE_TMPDIR/tree
    DESTDIR=$OCI_IPTABLES_TREE meson install -C "$OCI_IPTABLES_BUILD" --no-rebuild --quiet
  fi
}

setup() {
  mapfile -t programs < <(find "$OCI_IPTABLES_TREE" -type f \( -name oci-iptables-hook -o -name oci-iptables \) -perm -u+x)
  [[ ${#programs[@]} -eq 2 ]]
}

# each_program PATTERN READELF_OPTION...: what readelf says of both has a line that matches
each_program() {
  local pattern=$1 program
  shift
  for program in "${programs[@]}"; do
    LC_ALL=C readelf -W "$@" "$program" | grep -qE "$pattern" || { echo "$program: no $pattern" && return 1; }
  done
}

# no_program PATTERN READELF_OPTION...
no_program() {
  local pattern=$1 program
  shift
  for program in "${programs[@]}"; do
    ! LC_ALL=C readelf -W "$@" "$program" | grep -E "$pattern" || { echo "$program has that" && return 1; }
  done
}

@test "the programs are loaded at an address that nobody knows" {
  each_program 'Type: +DYN' -h
  each_program 'FLAGS_1.*PIE' -d
  no_program 'TEXTREL' -d
}

@test "what the loader has resolved cannot be written any more" {
  each_program 'GNU_RELRO' -l
  each_program 'FLAGS_1.*NOW' -d
}

@test "the stack is not executable, and nothing is writable and executable" {
  each_program 'GNU_STACK .* RW +0x' -l
  no_program '(LOAD|GNU_STACK) .* RWE ' -l
}

@test "functions with arrays look at their canary" {
  each_program 'UND __stack_chk_fail' --dyn-syms
}

@test "copies and formats of known size are checked" {
  each_program 'UND __(v?snprintf|memcpy)_chk' --dyn-syms
}

@test "libraries come from the loader's own folders only, and there are few" {
  local program others
  no_program '\((RPATH|RUNPATH)\)' -d
  for program in "${programs[@]}"; do
    others=$(LC_ALL=C readelf -dW "$program" | grep '(NEEDED)' |
      grep -vE '\[(libc|libcap|libdl|libseccomp|libxtables|libyajl|ld-linux[^.]*)\.so') || true
    [[ -z $others ]] || { echo "$program: $others" && return 1; }
  done
}

@test "the programs have no privilege of their own" {
  local program
  for program in "${programs[@]}"; do
    [[ ! -u $program && ! -g $program ]]
    [[ -z $(find "$program" -perm /022) ]]
    [[ -z $(getcap "$program") ]]
  done
}

@test "jumps and returns go where the compiler meant them to (x86-64, arm64)" {
  local feature object start
  case $(uname -m) in
    x86_64) feature='x86 feature: IBT, SHSTK' ;;
    aarch64) feature='AArch64 feature: BTI, PAC' ;;
    *) return 0 ;;
  esac
  for object in "$OCI_IPTABLES_BUILD"/src/liboci-iptables-rooms.a.p/*.o; do
    LC_ALL=C readelf -nW "$object" | grep -qF "$feature" || { echo "$object" && return 1; }
  done
  # The linker marks a program only when all that goes into it is marked. Debian's own start files are not.
  start=$(cc -print-file-name=crt1.o)
  if LC_ALL=C readelf -nW "$start" | grep -qF "$feature"; then
    each_program "$feature" -n
  fi
}
