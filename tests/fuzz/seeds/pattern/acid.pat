// The acid line: sixteen steps, a filter that a hand would turn, accents that open it.
bpm 130
swing 0.05
delay = line delay 0.5 delaytime 0.346 delayfeedback 0.45

kick: s "bd*4" gain 1.1
hat:  s "[~ hh]*4" gain 0.7
clap: s "~ cp" gain 0.7
acid: s superpwm on delay legato "<0.6 0.6 0.9>*4" gain "[0.7 0.7 0.95 0.7 0.8 0.7 0.7 1]*2"
    note "c2 c2 c3 c2 ~ eb2 c2 bb1 c2 ~ c3 g1 c2 eb2 ~ f2"
    cutoff "<[400 600] [600 1000] [900 1600] [1600 700]>*8" resonance "<0.3 0.35 0.4 0.45>/2"
    shape 0.3
