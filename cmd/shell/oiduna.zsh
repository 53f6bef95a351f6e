#compdef oiduna-compile oiduna-play oiduna-serve oiduna-bench
# zsh completion for the oiduna programs. Options, and what their arguments are, come from --help, so
# they are always those of the program that is installed.

# The word behind an option in --help: FILE, MS, nothing.
_oiduna_argument() {
    [[ $2 =~ '^--?[a-zA-Z-]+$' ]] || return
    $1 --help 2>/dev/null | sed -nE "s/^(.*[ ,])?$2(, --[a-z-]+)? ([A-Z]+).*/\3/p" | head -n 1
}

_oiduna() {
    local program=$words[1] previous=$words[CURRENT-1]
    local -a found
    if [[ $words[CURRENT] == --*=* ]]; then
        previous=${words[CURRENT]%%=*}
        compset -P '*='
    elif [[ $words[CURRENT] == -* ]]; then
        found=(${(f)"$($program --help 2>/dev/null | grep -oE -- '--[a-z][a-z-]*' | sort -u)"})
        compadd -a found
        return
    fi
    case $previous in
    --midi | -m)
        found=("${(@f)$($program --midi-list 2>/dev/null)}")
        compadd -a found
        return
        ;;
    --diagnostics) compadd text json && return ;;
    --format | -f) compadd text json csv markdown svg && return ;;
    -?*)
        case $(_oiduna_argument $program $previous) in
        '' | BASE | RUN) ;;
        FILE | PATH) _files && return ;;
        DIR) _files -/ && return ;;
        *) return 1 ;;
        esac
        ;;
    esac
    case ${program:t} in
    oiduna-play) _files -g '*.odn' ;;
    oiduna-compile)
        if (( $words[(I)--dump] + $words[(I)-d] )); then
            _files -g '*.odn'
        else
            _files -g '*.json'
        fi
        ;;
    oiduna-bench) _files -g '*.json' ;;
    esac
}

_oiduna "$@"
