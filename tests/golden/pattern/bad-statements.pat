: s "bd"
"bd"
kick
kick = room 0.3
bpm
bpm fast
bpm 120 swing 0.2
seed 1.5
swing 2
gate -1
scene
scene a b
scene a
scene main
scene x/y
a*: s "bd"
a: s "bd"
a: s "sn"
l = line room
l = line room 0.2 gain
l = line room 0.3
song a@0 b@x c
song a
mute
mute "bd"
bpm: 140
swing = 0.2
k1: s("bd*4")
k2: s “bd*4”
k3: s 'bd*4'
k4: sound "bd*4" # gain 0.8
k5: s "bd" gain 0.5 0.6
k6: s "bd" cutoff sine 300-900 per 4
k7: s "bd" on nowhere
d1 $ sound "bd"
