// Lines of five, six, seven and eight sixteenths at one pace: they meet again after a while, and
// nobody has to count.
bpm 112
room = line room 0.4 size 0.7 dry 0.4

eight: s "{bd ~ ~ ~ sn ~ ~ ~}%16"
five:  s "{hh ~ hh hh:1 ~}%16" gain "0.7 0.5" pan 0.6
seven: s "{cp ~ ~ ~ ~ ~ ~}%16" gain 0.55 pan 0.35 on room
bass:  s superpwm note "{c2 ~ eb2 ~ ~ g2}%16" legato 0.8 cutoff 900 gain 0.75
bells: s supervibe note "{c5 g4 eb5 ~ bb4 ~ f4}%8" legato 2 gain 0.6 pan tri 0.2..0.8 per 7 on room
