// Two instruments by MIDI: a keyboard on channel 1, a bass on channel 2. Channels are counted from
// 1, as on the instruments.
bpm 96
swing 0.3

keys: midi 1 note "<[c3,eb3,g3,bb3] [f3,ab3,c4,eb4] [bb2,d3,f3,ab3] [eb3,g3,bb3,d4]>(3,8,<0 1>)"
    velocity "0.75 0.5 0.65" legato 0.85 cc64 0 cc1 sine 10..70 per 4
bass: midi 2 program 33 note "<[c2 ~ ~ c2] [f1 ~ c2 ~] [bb1 ~ f1 a1] [eb2 ~ bb1 b1]>*2"
    velocity "0.95 0.7" legato 0.7
lead: midi 3 note "~ <g4 c5 [bb4 ab4] g4> <[eb4 f4] ~> <~ [d5 eb5]>" velocity "<0.6 0.8>" legato 0.95
    bend "0 ~ <-400 0> 0"
