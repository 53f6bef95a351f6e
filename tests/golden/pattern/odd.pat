bpm 480
a: s "bd*4" pan "0 2" speed "<0 1>" orbit 12
b: s "bd*4" pan sine -1..1 velocity "1 [2 3]" gate 0
c: midi 1 note "c4*4" velocity 100 legato 0
hall = line room 0.5
d: s "bd*4" cutoff "0.5 300" nudge 20 on hall
e: s "bd*4" cutoff sine nudge "2 -2 0"
