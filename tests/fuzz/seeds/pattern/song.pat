// A whole song: an intro, a verse and a chorus, and the order in which they are played.
bpm 118
hall = line room 0.7 size 0.8 dry 0.3

// What stands before the first scene is `main`: here the intro.
pad:  s supersaw note "<[c3,eb3,g3] [ab2,c3,eb3]>/2" legato 1 attack 0.4 gain 0.5 cutoff 900 on hall
tick: s "hh*8" gain "0.4 0.25" pan 0.6

scene verse
kick:  s "bd ~ ~ bd ~ ~ bd ~" gain 1
snare: s "~ sn ~ sn" gain 0.9
tick:  s "hh*8" gain "0.6 0.4" pan 0.6
bass:  s superpwm note "<c2 ab1>/2 <c2 ab1>/2 ~ <g1 eb2>/2" legato 0.6 cutoff 700 gain 0.8
pad:   s supersaw note "<[c3,eb3,g3] [ab2,c3,eb3]>/2" legato 1 attack 0.2 gain 0.4 cutoff 1400 on hall

scene chorus
swing 0.1
kick:  s "bd*4"
snare: s "~ [sn,cp] ~ [sn,cp]"
open:  s "[~ hh:1]*4" gain 0.6
bass:  s superpwm note "<f1 ab1 c2 g1>*8" legato 0.5 cutoff "<700 1200>*4" gain 0.8
lead:  s superhammond note "<[f4 ab4 c5 ~] [eb5 ~ c5 ab4] [c5 bb4 ab4 g4] g4>" legato 0.9 gain 0.6
    on hall

song main@4 verse@8 chorus@8 verse@4 chorus@8 main@4
