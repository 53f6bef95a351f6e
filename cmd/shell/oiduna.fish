# fish completion for the oiduna programs. Options come from --help, so they are always those of the
# program that is installed.

function __oiduna_options
    $argv[1] --help 2>/dev/null | string match -arg -- '(--[a-z][a-z-]*)' | sort -u
end

for program in oiduna-compile oiduna-play oiduna-serve oiduna-bench
    complete -c $program -f
    complete -c $program -n 'string match -q -- "-*" (commandline -ct)' -a "(__oiduna_options $program)"
end
complete -c oiduna-play -s m -l midi -x -a '(oiduna-play --midi-list 2>/dev/null)'
complete -c oiduna-compile -l diagnostics -x -a 'text json'
complete -c oiduna-bench -l format -x -a 'text json csv markdown svg'
complete -c oiduna-play -k -a '(__fish_complete_suffix .odn)'
complete -c oiduna-compile -k -a '(__fish_complete_suffix .json)'
