# bash completion for the oiduna programs. Options come from --help, so they are always those of the
# program that is installed.
# shellcheck shell=bash disable=SC2207

_oiduna_options() {
    "$1" --help 2>/dev/null | grep -oE -- '--[a-z][a-z-]*' | sort -u
}

_oiduna_files() {
    local cur=$1 ending=$2
    compopt -o filenames
    COMPREPLY=($(compgen -d -- "$cur") $(compgen -f -X "!*.$ending" -- "$cur"))
}

_oiduna() {
    local program=$1 cur=$2 prev=$3
    COMPREPLY=()
    case $prev in
    --midi | -m)
        local IFS=$'\n'
        COMPREPLY=($(compgen -W "$("$program" --midi-list 2>/dev/null)" -- "$cur"))
        return
        ;;
    --diagnostics) COMPREPLY=($(compgen -W 'text json' -- "$cur")) && return ;;
    --format) COMPREPLY=($(compgen -W 'text json csv markdown svg' -- "$cur")) && return ;;
    --render | --osc-score | --report | --midi-raw | --token-file | --destinations | -o)
        compopt -o default
        return
        ;;
    --assets) COMPREPLY=($(compgen -d -- "$cur")) && return ;;
    esac
    case $cur in
    -*) COMPREPLY=($(compgen -W "$(_oiduna_options "$program")" -- "$cur")) ;;
    *)
        case ${program##*/} in
        oiduna-play) _oiduna_files "$cur" odn ;;
        oiduna-serve) ;;
        *) _oiduna_files "$cur" json ;;
        esac
        ;;
    esac
}

complete -F _oiduna oiduna-compile oiduna-play oiduna-serve oiduna-bench
