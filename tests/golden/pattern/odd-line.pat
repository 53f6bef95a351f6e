gate 0
hall = line room 0.4 pan 2
far = line room 0.2 orbit 14
kick: s "bd*4" on hall
hat: s hh on far
scene late
gate 0
kick: s bd on hall
