hall = line mute room 0.4
kick: s "bd*4" on hall
hat: s "hh*8"
mute hat
scene calm
kick: s "bd"
lead: midi 1 note c4
mute kick lead
