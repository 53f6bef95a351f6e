hall = line room 0.4
a: s "hh*8" pan sine gain saw 0.5..1 speed isaw 1..2 shape tri cutoff square 300..900 per 1/2
b: s superpad mod cutoff sine 300..2000 per 4 mod pan saw mod room tri 0..0.5
c: s superpad on hall mod room sine 0..1 per 1.5
