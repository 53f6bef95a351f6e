# a comment
-- another
; a third
/* a fourth */
#kick: s "bd"
d1 $ sound "bd*4"
s("bd*4").gain(0.8)
my kick: s "bd*4"
line hall room 0.8
hall: line room 0.8
song: a b
setcpm 30
a: s "bd*4" fast 2
b: s "bd*4" rev
c: s "bd*4" every 4 "fast 2"
d: s "bd*4" sometimes
e: note "c4" + "12" s superpiano
f: s "bd" $ 3
g: s("bd*4").gain(0.8)
h: s "bd" .gain 0.8
i: s "bd" gain=0.8
j: s "bd" gain: 0.8
k: s "bd*4" snare: s "sn"
l: s "bd*4"
    snare: s "sn"
m: s "bd" pan 0,6
n: s "bd" gain 1/2
o: s "bd" cutoff 300..2000
p: s "bd" cutoff sine(300,2000) per 2 gain 1
q: s "bd" cutoff sine.range(300, 2000).slow(4)
r: s "bd" pan sin 0..1 per 2
t: s "bd" pan cosine
u: s superpiano note irand 8
v: s "bd" cutoff sine 300 .. 2000
w: s bd sn
x: s bd sn hh gain 0.5
y: s superpiano note c2 eb2 g2 gain 0.8
z: s superpiano note <c2 eb2>*2
aa: s bd(3, 8) pan 0.2
bb: s [bd sn]*2
cc: s (bd)
dd: s "bd" leslie 1
ee: s "bd" cps 1
ff: s "bd" gain $ 0.5
gg: s "bd" 'gain 0.5
hh: s "bd" revrb
ii: s "bd" mod vowel sine
jj: s "bd" mod speed tri
kk: s "bd" bpm 120 gain 0.8
swing 0.1 // the next is meant to be a statement
  seed 3
mute a
  kick: s "bd"
seed -1
ll: midi 1 note "c4" fast 2
mm: midi 1 note "c4" velocty 0.5
nn: s superpiano n "c e"
oo: s "bd" | gain 2
bath = line leslie 1
