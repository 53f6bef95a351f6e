#!/bin/sh
# What is odd about a pattern text is told once on the way from the text to the score: by
# oiduna-pattern at its place there, or by oiduna-compile where only that knows it.
. tests/tap.sh

bin=$(cd "$BIN" && pwd)
PATH=$bin:$PATH
top=$PWD
cd "$tmp" || exit 1

# What the front door runs, once and without the player.
line=$("$bin/oiduna" --print song.pat | sed 's/ --follow//g; s/| oiduna-play.*//')
is "$line" 'oiduna-pattern song.pat | oiduna-compile --told pattern - ' 'what the front door runs'

# told WHO WORDS TEXT...: a line of text each
told() {
    who=$1 words=$2
    shift 2
    printf '%s\n' "$@" >song.pat
    sh -c "$line" 2>err >score
    is "$(grep -c ': warning: ' err),$(grep -c "^$who: .*$words" err)" 1,1 "told once: $(echo "$*" | tr '\n' ' ')"
    sed 's/^/# /' err
}
pattern="oiduna-pattern: song.pat:[0-9]*:[0-9]*: warning"
told "$pattern" 'it has no track' '// nothing yet'
told "$pattern" 'every track that plays is muted' 'kick: s "bd*4"' 'mute kick'
told "$pattern" 'no track plays anything' 'kick: s "~"'
told "$pattern" 'no event is left' 'kick: s "bd*0"'
told "$pattern" 'takes a scene' 'scene a' 'kick: s bd'
told "$pattern" '20 bpm' 'bpm 20' 'kick: s bd'
told "$pattern" '400 bpm' 'kick: s bd' 'scene a' 'bpm 400' 'kick: s bd'
told "$pattern" 'gate of 0' 'gate 0' 'kick: s bd'
told "$pattern" 'found 2' 'hall = line pan 2 room 0.5' 'kick: s bd on hall'
told "$pattern" 'found 14' 'hall = line orbit 14 room 0.5' 'kick: s bd on hall'
told "$pattern" "'pan'" 'kick: s bd pan 2'
told "$pattern" "'pan'" 'kick: s "bd*2" pan "0 2"'
told "$pattern" "'pan'" 'kick: s "bd*4" pan sine -1..1'
told "$pattern" 'speed 0' 'kick: s bd speed 0'
told "$pattern" 'speed 0' 'kick: s "bd*2" speed "0 1"'
told "$pattern" 'legato 0' 'kick: s bd legato 0'
told "$pattern" 'legato 0' 'kick: s "bd*2" legato "0 1"'
told "$pattern" 'gate of 0' 'kick: s bd gate 0'
told "$pattern" 'gate of 0' 'kick: s "bd*2" gate "0 1"'
told "$pattern" 'found 14' 'kick: s bd orbit 14'
told "$pattern" 'found 14' 'kick: s "bd*2" orbit "1 14"'
told "$pattern" "'velocity'" 'lead: midi 1 note c4 velocity 2'
told "$pattern" "'velocity'" 'lead: midi 1 note "c4*2" velocity "1 2"'
told "$pattern" "did you mean 'cutoff'" 'kick: s bd cutof 300'
told "$pattern" "did you mean 'cutoff'" 'kick: s "bd*2" cutof "200 300"'
told "$pattern" "did you mean 'room'" 'kick: s "bd*2" rom sine'
told "$pattern" "'room' is not heard" 'hall = line room 0.4' 'kick: s "bd*2" room "0 0.3" on hall'
told "$pattern" "'orbit' is not heard" 'hall = line room 0.4' 'kick: s "bd*2" orbit "0 3" on hall'

# Every name of a parameter, with a letter left out: nobody but oiduna-pattern tells it.
for name in $("$bin/oiduna-pattern" -e 'a: s bd mod x sine' 2>&1 | sed -n '/can:/s/.*can: //p') legato vowel; do
    misspelt=$(echo "$name" | sed 's/^\(..\)./\1/')
    case $misspelt in
    pa | spe* | ho?? | si?) continue ;; # too short to be near, or another name
    esac
    told "$pattern" "'$misspelt' is sent as it is" "kick: s \"bd*2\" $misspelt \"0 1\""
done

compile="oiduna-compile: warning"
told "$compile" "'kick' and 'snare' meet on orbit 0" 'kick: s bd room 0.5' 'snare: s sn room 0.2'
told "$compile" "echo is not heard" 'kick: s bd delay 0.5 delaytime 0'
told "$compile" "reverb is not heard" 'kick: s bd room 0.5 dry 1'
told "$compile" "this line's reverb" 'hall = line room 0.5 dry 0.99' 'kick: s bd on hall'
told "$compile" "no reverb, echo or leslie" 'hall = line' 'kick: s bd send hall 0.3'

# ---- --told ----
odd='{"environment":{"bpm":20},"tracks":{"a":{"params":{"s":"bd","pan":2,"speed":0}}},"sequences":{"a":{"events":[{"step":0}]}}}'
echo "$odd" >odd.json
judge() {
    oiduna-compile --check --diagnostics=json "$@" odd.json 2>err
    status=$?
    codes=$(sed 's/.*"code":"\(.*\)"}/\1/' err | tr '\n' ' ')
}
judge
is "$codes" 'range range zero-speed ' 'without it all is told'
judge --told range
is "$status,$codes" '0,zero-speed ' 'one code'
judge --told=never,range,zero-speed --strict
is "$status,$codes" '0,' 'several: nor are they errors with --strict'
judge --told range --strict
is "$status,$codes" '65,zero-speed ' '... but others are'
sed 's/20/0/' odd.json >zero && mv zero odd.json
judge --told range
is "$status,$codes" '65,range zero-speed ' 'an error of that code is told'
while IFS='|' read -r codes wrong; do
    oiduna-compile --check --told "$codes" odd.json 2>err
    is "$?,$(head -n 1 err)" "64,oiduna-compile: --told: there is no warning '$wrong'" "--told '$codes' is wrong usage"
done <<'END'
|
rang|rang
ranges|ranges
range,|
,range|
range,,orbit|
syntax|syntax
pattern,range|pattern
END

# All that the sessions of another test are warned of.
cd "$top/tests/golden/diag" || exit 1
for session in *.json; do
    oiduna-compile --check --diagnostics=json "$session" 2>&1
done | sed -n '/^{"severity":"warning"/s/.*"code":"\(.*\)"}/\1/p' | grep -v too-many | sort -u >"$tmp/codes"
[ "$(wc -l <"$tmp/codes")" -gt 15 ]
ok $? 'there are many codes of warnings'
oiduna-compile --check --told "$(paste -sd , "$tmp/codes")" "$tmp/odd.json" 2>"$tmp/err"
is "$?,$(grep -c 'no warning' "$tmp/err")" '65,0' '... and each may be left out'

finish
