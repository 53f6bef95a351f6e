# bash completion for the oiduna programs. Options, and what their arguments are, come from --help, so
# they are always those of the program that is installed.
# shellcheck shell=bash

_oiduna_options() {
    "$1" --help 2>/dev/null | grep -oE -- '--[a-z][a-z-]*' | sort -u
}

# The word behind an option in --help: FILE, MS, nothing.
_oiduna_argument() {
    [[ $2 =~ ^--?[a-zA-Z-]+$ ]] || return
    "$1" --help 2>/dev/null | sed -nE "s/^(.*[ ,])?$2(, --[a-z-]+)? ([A-Z]+).*/\3/p" | head -n 1
}

# _oiduna_offer COMPGEN-ARGUMENTS: one a line, so that a name may have blanks
_oiduna_offer() {
    local word
    while IFS= read -r word; do
        COMPREPLY+=("$word")
    done < <(compgen "$@")
}

_oiduna_words() {
    local IFS=$'\n'
    _oiduna_offer -W "$1" -- "$cur"
}

_oiduna_files() {
    compopt -o filenames
    _oiduna_offer -d -- "$cur"
    _oiduna_offer -f -X "!*.$1" -- "$cur"
}

_oiduna_input() {
    case ${program##*/} in
    oiduna)
        local kind
        for kind in pat json mid; do
            _oiduna_offer -f -X "!*.$kind" -- "$cur"
        done
        _oiduna_files odn
        ;;
    oiduna-pattern) _oiduna_files pat ;;
    oiduna-play) _oiduna_files odn ;;
    oiduna-compile)
        case " ${COMP_WORDS[*]} " in
        *' --dump '* | *' -d '*) _oiduna_files odn ;;
        *) _oiduna_files json ;;
        esac
        ;;
    oiduna-smf) _oiduna_files mid ;;
    oiduna-bench) _oiduna_files json ;;
    esac
}

_oiduna() {
    local program=$1 cur=$2 prev=$3
    COMPREPLY=()
    # --option=value comes as three words.
    [[ $prev == = ]] && prev=${COMP_WORDS[COMP_CWORD - 2]}
    [[ $cur == = ]] && cur=
    case ${program##*/}:$prev in
    oiduna-smf:--to | oiduna-smf:-t) _oiduna_words $'midi\nsuperdirt\nauto' && return ;;
    oiduna-midi:--from | oiduna-midi:-f)
        _oiduna_words "$("$program" --list 2>/dev/null)"
        compopt -o filenames
        return
        ;;
    oiduna-midi:-m) compopt -o default && return ;;
    esac
    case $prev in
    --midi | -m)
        _oiduna_words "$("$program" --midi-list 2>/dev/null)"
        compopt -o filenames
        return
        ;;
    --diagnostics) _oiduna_words $'text\njson' && return ;;
    --format | -f) _oiduna_words $'text\njson\ncsv\nmarkdown\nsvg' && return ;;
    -?*)
        case $(_oiduna_argument "$program" "$prev") in
        '' | BASE | RUN) ;;
        FILE | PATH) compopt -o default && return ;;
        DIR) compopt -o filenames && _oiduna_offer -d -- "$cur" && return ;;
        *) return ;;
        esac
        ;;
    esac
    case $cur in
    -*) _oiduna_words "$(_oiduna_options "$program")" ;;
    *) _oiduna_input ;;
    esac
}

complete -F _oiduna oiduna oiduna-compile oiduna-play oiduna-serve oiduna-bench oiduna-link oiduna-midi \
    oiduna-pattern oiduna-smf
