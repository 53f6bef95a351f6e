// Slow chords, and curves instead of hands: everything that moves is a signal.
bpm 66
swing 0
space = line room 0.95 size 0.97 dry 0.15 volume 0.9
echo  = line delay 0.7 delaytime 0.45 delayfeedback 0.6

pad:   s supersaw note "<[c3,g3,eb4] [ab2,eb3,c4] [f2,c3,ab3] [g2,d3,bb3]>/2"
    legato 1.1 attack 1.5 release 3 gain 0.5 on space
    mod cutoff sine 400..2400 per 8
drone: s superreese note c1 gain 0.45 legato 1 attack 1 cutoff 300 on space
drops: s "supervibe*8?0.7" note "<c5 eb5 g5 bb5 d6>*3" legato 3 gain rand 0.25..0.5
    pan perlin per 2 on echo
air:   s "superhex ~ ~ ~" up "<0 7>/4" gain 0.25 legato 4 hcutoff sine 800..3000 per 16 send space 0.6
