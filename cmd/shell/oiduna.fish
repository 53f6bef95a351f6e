# fish completion for the oiduna programs. Options, what they mean and what their arguments are come
# from --help, so they are always those of the program that is installed.

function __oiduna_option --argument-names program short long kind meaning
    set -l as -c $program -l $long
    test -n "$short"; and set -a as -s $short
    test -n "$meaning"; and set -a as -d $meaning
    switch $kind
        case '' BASE RUN
            complete $as
        case FILE PATH
            complete $as -r -F
        case DIR
            complete $as -x -a '(__fish_complete_directories)'
        case '*'
            complete $as -x
    end
end

# Lines like "  -o, --osc HOST:PORT   what it means"; one may have several options, without a word.
function __oiduna_learn --argument-names program
    for text in (command $program --help 2>/dev/null | string match -r -- '^ +-.*')
        set -l meaning (string match -r -g -- '^ +-.*?\S  +([^- ].*)$' $text)
        for option in (string match -ar -- '(?:-\w, )?--[a-z][a-z-]*(?: [A-Z]+)?' $text)
            set -l short (string match -r -g -- '^-(\w),' $option)
            set -l long (string match -r -g -- '--([a-z-]+)' $option)
            set -l kind (string match -r -- '[A-Z]+$' $option)
            contains -- $long midi diagnostics format from to
            or __oiduna_option $program "$short" $long "$kind" "$meaning"
        end
    end
end

# Files of that kind only, and folders; fish itself would only put them first.
function __oiduna_files --argument-names ending
    __fish_complete_suffix $ending | string match -r -- "^[^\t]*(?:/|\\$ending)(?:\t.*)?\$"
end

for program in oiduna oiduna-pattern oiduna-compile oiduna-play oiduna-serve oiduna-bench oiduna-link oiduna-midi oiduna-smf
    complete -c $program -f
    __oiduna_learn $program
end
complete -c oiduna-play -s m -l midi -x -a '(oiduna-play --midi-list 2>/dev/null)' -d 'MIDI output'
complete -c oiduna-midi -s f -l from -x -a '(oiduna-midi --list 2>/dev/null)' -d 'MIDI input'
complete -c oiduna-serve -l midi -x -a '(oiduna-play --midi-list 2>/dev/null)' -d 'MIDI output'
complete -c oiduna-compile -l diagnostics -x -a 'text json' -d 'how findings are printed'
complete -c oiduna-bench -s f -l format -x -a 'text json csv markdown svg' -d 'how results are printed'
complete -c oiduna-pattern -l diagnostics -x -a 'text json' -d 'how findings are printed'
complete -c oiduna-pattern -k -a '(__oiduna_files .pat)'
for kind in .pat .json .mid .odn
    complete -c oiduna -k -a "(__oiduna_files $kind)"
end
complete -c oiduna-play -k -a '(__oiduna_files .odn)'
complete -c oiduna-compile -n '__fish_contains_opt -s d dump' -k -a '(__oiduna_files .odn)'
complete -c oiduna-compile -n 'not __fish_contains_opt -s d dump' -k -a '(__oiduna_files .json)'
complete -c oiduna-smf -s f -l from -x -d 'bar to begin at, from 1'
complete -c oiduna-smf -s t -l to -x -a 'midi superdirt auto' -d 'where its tracks go'
complete -c oiduna-smf -k -a '(__oiduna_files .mid)'
complete -c oiduna-bench -k -a '(__oiduna_files .json)'
