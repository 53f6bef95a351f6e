// Four on the floor. What makes it move is quiet: the ghost notes of the snare, and a hat that
// breathes.
bpm 124
swing 0.12
room = line room 0.35 size 0.6 dry 0.5

kick:  s "bd*4" gain "1.05 1 1.05 1"
clap:  s "~ cp ~ cp" gain 0.85 on room
snare: s "~ ~ ~ sn ~ sn ~ ~ ~ sn ~ ~ ~ ~ sn ~" gain "<0.3 0.35>" pan 0.45 nudge 0.008
hat:   s "hh*16" gain "[0.45 0.25 0.6 0.3]*4" pan "0.55 0.6" hcutoff 7000
open:  s "[~ hh:1]*4" gain 0.55 cut 1
bass:  s superpwm note "<[c2 ~ c2 ~] [~ c2 eb2 ~] [c2 ~ g1 ~] [~ bb1 c2 ~]>*2"
    legato 0.7 gain 0.8 cutoff "<500 650 800 1100>" resonance 0.2
