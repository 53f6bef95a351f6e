sample: s "bd sn"
legato: s "bd sn" legato "0.5 2"
gates:  s "bd sn" gate "3"
both:   s "bd sn" gate 3 legato 0.5
super:  s "superpiano bd"
midi:   midi 1 note "c4 e4/2"
mlegato: midi 2 note "c4*3" legato 0.5
mgate:  midi 3 note "c4*3" gate "1 2"
