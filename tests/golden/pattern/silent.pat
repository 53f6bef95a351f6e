// Rests are silent, words that come to nothing are told.
a: s "~"
b: s ""
c: s "[~ ~]*2"
d: s "bd*0"
e: s "bd/0"
f: s "{bd sn}%0"
g: s "bd(0,8)"
h: s "bd?1"
i: s "bd*4" gain "~"
j: s bd gain "~"
k: s "bd ~" n "~ 1"
l: s "bd*<0 1>"
m: midi 1 note "c4*0" velocity 0.5
n: midi 2 note "~"
o: s bd GAIN 1 Pan 0.5 vol 2 reverb 1
p: midi 3 cc7 "1*0" cc74 "~"
