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
