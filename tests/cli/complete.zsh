# Prints what zsh offers behind the words given, as somebody sees it who presses the tabulator: a line for each.
#
#   zsh -f complete.zsh 'oci-iptables re'
#
# A second zsh runs on a terminal of its own, with the completion system as a user's configuration turns it on.

zmodload zsh/zpty
zpty inner zsh -f -i

# Waits until the inner shell wrote something that matches, and prints all of it.
inner_until() {
  local text
  zpty -r inner text "*$1*" && print -r -- "$text"
}

zpty -w inner 'PROMPT= RPROMPT=; unsetopt zle_bracketed_paste prompt_cr prompt_sp; stty -echo'
zpty -w inner 'autoload -Uz compinit && compinit -u -D'
# What would be offered is written down in place of the list that zsh draws.
zpty -w inner 'compadd() {
  local -a hits
  if [[ ${@[1,(i)(-|--)]} == *-(O|A|D)\ * ]]; then
    builtin compadd "$@"
    return
  fi
  builtin compadd -A hits "$@"
  (( $#hits )) && print -rl -- "offered:"$^hits >>$offers
  builtin compadd "$@"
}'
zpty -w inner 'end_of_test() { print -r -- END-OF-"TEST" }; zle -N end_of_test; bindkey "^X" end_of_test; bindkey "^I" complete-word'
zpty -w inner 'offers=$(mktemp); print -r -- READY-"$offers"-READY'
text=$(inner_until 'READY-/*-READY')
offers=${${text##*READY-/}%%-READY*}
zpty -w -n inner "$1"$'\t\x18'
inner_until 'END-OF-TEST' >/dev/null
sed -n 's/^offered://p' "/$offers" | sort -u
rm -f "/$offers"
zpty -d inner
