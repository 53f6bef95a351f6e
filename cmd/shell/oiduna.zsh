#compdef oiduna-compile oiduna-play oiduna-serve oiduna-bench
# zsh completion for the oiduna programs. Options come from --help, so they are always those of the
# program that is installed.

_oiduna() {
    local -a options ports
    case $words[CURRENT-1] in
    --midi | -m)
        ports=("${(@f)$($words[1] --midi-list 2>/dev/null)}")
        compadd -a ports
        return
        ;;
    --diagnostics) compadd text json && return ;;
    --format) compadd text json csv markdown svg && return ;;
    esac
    if [[ $words[CURRENT] == -* ]]; then
        options=(${(f)"$($words[1] --help 2>/dev/null | grep -oE -- '--[a-z][a-z-]*' | sort -u)"})
        compadd -a options
        return
    fi
    case ${words[1]:t} in
    oiduna-play) _files -g '*.odn' ;;
    oiduna-serve) _files ;;
    *) _files -g '*.json' ;;
    esac
}

_oiduna "$@"
