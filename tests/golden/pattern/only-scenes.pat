scene a
kick: s "bd*4"
scene b
kick: s "bd*2"
