a: s "bd" gain "x"
b: s "bd" n 1.5
c: s "bd" vowel 3
d: s "bd" note "128"
e: s "bd" note "c4" up "<0 70>"
f: s "bd" velocity -1
g: s "bd" nudge 100
h: s "bd" early "<0 1>"
i: midi 1 note "c4" cc7 200
j: midi 1 note "c4" cc128 1
k: midi 1 note "c4" bend "9000"
l: midi 1 note "c4" program sine
m: midi 1 velocity 0.5
n: s "bd" cc7 1
o: s "bd" mod foo sine
p: s "bd" mod cutoff 5
q: s "bd" cutoff 300 mod cutoff sine 300..900
r: s "bd" mod pan sine 0..3
s: s "bd" sustain 3
t: s "bd" gain "0.5:3"
u: s "bd" mod cutoff rand 300..900 per 17
v: s sine
w: note "c4" s "bd" pan sine 1..x
x: s "bd" pan sine per 0
y: s "bd" "sn"
z: s "bd" a*b 3
aa: midi 1 note sine
bb: midi 1 note "c4" on hall
hall = line
cc: s "bd" on hal
dd: s "bd" room
