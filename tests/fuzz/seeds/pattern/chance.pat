seed 42
drop: s "hh*16?"
pick: s "bd|sn|cp hh"
rnd:  s "bd*4" pan rand gain perlin 0.5..1 n rand 0..7
