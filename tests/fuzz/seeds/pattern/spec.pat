bpm 124                     // environment: bpm, swing, gate (default_gate), seed
swing 0.15
hall = line room 0.8 size 0.9 dry 0.2          // a mixer line
kick: s "bd*4"                                 // a track
hat:  s "hh(5,8)" gain "0.9 0.6" pan 0.6 hcutoff 6000 send hall 0.2
bass: s superpiano note "<c2 eb2 g1>*2" legato 0.8 cutoff "<400 900 1600>"
lead: midi 1 note "c4 [e4 g4]*2" velocity "1 0.7" gate 0.5
mute hat                                       // tracks that begin muted
scene break
kick: s "bd ~ ~ bd"
song main@4 break@2 main@2
