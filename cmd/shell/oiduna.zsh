#compdef oiduna oiduna-pattern oiduna-compile oiduna-play oiduna-serve oiduna-bench oiduna-link oiduna-midi oiduna-smf
# zsh completion for the oiduna programs. Options, and what their arguments are, come from --help, so
# they are always those of the program that is installed.

# No pipelines below: where a key comes while it completes, zsh 5.9 may wait for ever for their ends.

# REPLY: the word behind an option in --help: FILE, MS, nothing.
_oiduna_argument() {
    local line
    REPLY=
    [[ $2 =~ '^--?[a-zA-Z-]+$' ]] || return
    for line in ${(f)"$($1 --help 2>/dev/null)"}; do
        if [[ $line =~ "(^|[ ,])$2(, --[a-z-]+)? ([A-Z]+)" ]]; then
            REPLY=$match[3]
            return
        fi
    done
}

_oiduna() {
    local program=$words[1] previous=$words[CURRENT-1] REPLY
    local -a found
    if [[ $words[CURRENT] == --*=* ]]; then
        previous=${words[CURRENT]%%=*}
        compset -P '*='
    elif [[ $words[CURRENT] == -* ]]; then
        REPLY=$($program --help 2>/dev/null)
        found=(${(u)${(M)${=REPLY//[^a-z-]/ }:#--[a-z]*}})
        compadd -a found
        return
    fi
    case ${program:t}:$previous in
    oiduna-smf:--to | oiduna-smf:-t) compadd midi superdirt auto && return ;;
    oiduna-midi:--from | oiduna-midi:-f)
        found=("${(@f)$($program --list 2>/dev/null)}")
        compadd -a found
        return
        ;;
    oiduna-midi:-m) _files && return ;;
    esac
    case $previous in
    --midi | -m)
        found=("${(@f)$($program --midi-list 2>/dev/null)}")
        compadd -a found
        return
        ;;
    --diagnostics) compadd text json && return ;;
    --format | -f) compadd text json csv markdown svg && return ;;
    -?*)
        _oiduna_argument $program $previous
        case $REPLY in
        '' | BASE | RUN) ;;
        FILE | PATH) _files && return ;;
        DIR) _files -/ && return ;;
        *) return 1 ;;
        esac
        ;;
    esac
    case ${program:t} in
    oiduna) _files -g '*.(pat|json|mid|odn)' ;;
    oiduna-pattern) _files -g '*.pat' ;;
    oiduna-play) _files -g '*.odn' ;;
    oiduna-compile)
        if (( $words[(I)--dump] + $words[(I)-d] )); then
            _files -g '*.odn'
        else
            _files -g '*.json'
        fi
        ;;
    oiduna-smf) _files -g '*.mid' ;;
    oiduna-bench) _files -g '*.json' ;;
    esac
}

_oiduna "$@"
