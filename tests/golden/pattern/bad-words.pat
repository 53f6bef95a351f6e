tempo 120
tempo: 120
BPM 120
setcps 0.5
a: S "bd"
b: s bd note "c4:2"
c: s superpiano note "h4"
d: s bd per 2
e: s bd sine
f: s bd swing 0.1
g: s bd mute
h: s bd mod send sine
i: s bd gain 1e39
j: s bd gain "0 1e39"
k: midi 1 midi 2 note c4
hall = line room 0.5 size 0.5 room 0.6
bath = line orbit -1
cave = line orbit 0.5
bpm 120
bpm 121
scene other
seed 3
l: s bd sine 0..1 per 2 gain 0.5
m: s bd send hall 0.1 send hall 0.2
