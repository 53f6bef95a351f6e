// A break out of Euclid's rhythms: three strokes of eight against five of sixteen.
bpm 168
hall = line room 0.5 size 0.75 dry 0.35

kick:  s "bd(3,8) bd(<3 5>,8,<0 2>)" gain "1.1 0.95 1"
snare: s "~ sn ~ sn" gain 1
ghost: s "sn:1(5,16,3)" gain "0.3 0.2 0.4" pan 0.4
hat:   s "hh(11,16)" gain "0.7 0.45 0.55" pan "0.55 0.65 0.6" speed "<1 1 1.1>"
ride:  s "~ hh:2" gain 0.5 send hall 0.3
roll:  s "<~ ~ ~ [~ ~ ~ sn*6]>" gain saw 0.3..0.9 on hall
sub:   s superreese note "<c1 c1 eb1 bb0>(3,8)" legato 0.9 gain 0.8 cutoff 400
