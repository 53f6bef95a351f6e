bpn 120
bpm 1200
kick: s "bd(3,8"
hat: s "hh*" gian 0.5 pan "x"
x s "bd"
y: s "bd ] sn"
z: s bd*4
w: gain "0.5"
v: s "bd" note "h4"
u: midi 1 note "c4" cutoff 300
t: s "bd(9,8)"
r: s "bd(<3 9>,8)"
q: s "bd*1e9"
p: s "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["
o: s "bd" send hal 0.3
mute kik
song mian@4
mute: s "bd"
n: s "a <b" gain "1 2
m: s "bd" mod s sine
l: s "bd" gain "0.5 ~d"
k: s "c'maj"
hal = line rom 0.3
j: midi 17 note "c4"
i: s "<a b>/1000000007"
